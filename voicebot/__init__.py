"""voicebot: a telephone receptionist. A model understands words, rules decide, approved sentences answer."""
