"""The browser softphone: a page that is a carrier of its own and speaks Twilio's media protocol."""
