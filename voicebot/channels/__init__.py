"""How the house reaches people outside of a call: e-mail, SMS, webhooks, chat rooms, and the telephone."""
