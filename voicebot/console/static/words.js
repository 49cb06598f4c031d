// The words of this page in the visitor's language: word("queue.empty", { n: 3 }).

const words = JSON.parse(document.body.dataset.words);

export function word(key, parts = {}) {
  const said = words[key];
  if (said === undefined) throw new Error(`No word for ${key}`);
  return said.replace(/\{(\w+)\}/g, (_, name) => parts[name]);
}
