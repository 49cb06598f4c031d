// Requests to our own server: JSON in and out, with the token that shows that they come from our page.

const { csrf, root } = document.body.dataset;

export class Refused extends Error {
  /** status: of the answer. reason: one word of the server, "" when there is none. content: the whole answer. */
  constructor(status, reason, content = null) {
    super(`${status} ${reason}`);
    this.content = content;
    this.status = status;
    this.reason = reason;
  }
}

/** path: under the console's root, "/desk/queue". body: sent as JSON by POST; without one it is a GET. */
export async function ask(path, body) {
  const headers = { Accept: "application/json", "X-CSRF-Token": csrf, "Content-Type": "application/json" };
  const options = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const answer = await fetch(root + path, { headers, ...options });
  if (answer.status === 401) location.assign(`${root}/sign-in`);
  const content = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw new Refused(answer.status, content?.reason || content?.error || "", content);
  return content;
}

/** Says something in the line that screen readers read out. */
export function tell(said) {
  document.getElementById("told").textContent = said;
}
