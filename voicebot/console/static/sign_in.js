// The secret of a sign-in link stands behind the "#": it goes into the form, and out of the address and the history.

const form = document.getElementById("by-link");
if (form) {
  const token = location.hash.slice(1);
  form.elements.token.value = token;
  history.replaceState(null, "", location.pathname + location.search);
  if (!token) {
    document.getElementById("no-token").hidden = false;
    form.querySelector("button").disabled = true;
  }
}
