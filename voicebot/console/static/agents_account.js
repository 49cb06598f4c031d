// One's own account: settings, and a new password.

import { ask, tell } from "./ask.js";
import { word } from "./words.js";

const TOLD = "voicebot-told";

function showWrong(form, reason) {
  const line = form.querySelector("[role=alert]");
  let said = "";
  if (reason) {
    try {
      said = word(`account.wrong.${reason}`);
    } catch {
      said = word("account.wrong.other");
    }
  }
  line.hidden = !reason;
  line.textContent = said;
}

async function send(form, path, body, said) {
  showWrong(form, "");
  try {
    await ask(path, body);
  } catch (refused) {
    showWrong(form, refused.reason || "other");
    return;
  }
  // Fetched again: in another language perhaps, and with the token of the new session.
  sessionStorage.setItem(TOLD, said);
  location.reload();
}

const said = sessionStorage.getItem(TOLD);
sessionStorage.removeItem(TOLD);
if (said) tell(word(said));

const own = document.getElementById("own");
own.addEventListener("submit", (event) => {
  event.preventDefault();
  send(own, "/account", { language: own.elements.language.value, phone: own.elements.phone.value }, "account.saved");
});

const password = document.getElementById("new-password");
password.addEventListener("submit", (event) => {
  event.preventDefault();
  const fields = password.elements;
  if (fields.new.value !== fields.again.value) {
    showWrong(password, "not_the_same");
    fields.again.focus();
    return;
  }
  const body = { current: fields.current?.value ?? "", new: fields.new.value };
  send(password, "/account/password", body, "account.password_changed");
});
