// Which calls failed in a result that `voicebot eval run --out` wrote; read in this browser and sent nowhere.

export const MOST_CALLS = 2000;
const MOST_BYTES = 200e6;
const DAY_MS = 86_400_000;
// Calls that were held: "calls.jsonl/<id>", "calls.jsonl/<id>#2" for one that stands there twice. Scenarios are of YAML files.
const RECORDED = /^.*?\.jsonl\/(.+?)(?:#\d+)?$/s;

/** reason: last part of the key of a word, "reviews.result_wrong". */
export class NoResult extends Error {
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

/** Calls of the result whose checks failed, worst first: { of: recorded calls, failed: [{ id, client, at }] }. Throws NoResult. */
export async function readResult(file) {
  if (file.size > MOST_BYTES) throw new NoResult("large");
  let result;
  try {
    result = JSON.parse(await file.text());
  } catch {
    throw new NoResult("wrong");
  }
  const cases = result?.cases;
  if (typeof result?.suite !== "string" || !Array.isArray(cases) || !cases.every(isJudged)) throw new NoResult("wrong");
  const calls = new Map();
  for (const one of cases) {
    const id = one.transcript?.id ?? RECORDED.exec(one.case)?.[1];
    if (!RECORDED.test(one.case) || !id) continue;
    const bad = badness(one);
    const known = calls.get(id);
    if (!known || compare(bad, known.bad) > 0) calls.set(id, { id, client: one.client, at: one.transcript?.started_at, bad });
  }
  if (!calls.size) throw new NoResult("scenarios");
  const failed = [...calls.values()].filter((one) => one.bad.some(Boolean));
  return { of: calls.size, failed: failed.sort((a, b) => compare(b.bad, a.bad)) };
}

/** First and last day of these calls, "2026-11-23", wide enough for every zone; null when no moment is known. */
export function daysOf(calls) {
  const moments = calls.map((one) => Date.parse(one.at)).filter(Number.isFinite);
  if (!moments.length) return null;
  const day = (moment) => new Date(moment).toISOString().slice(0, 10);
  const ends = moments.reduce(([least, most], at) => [Math.min(least, at), Math.max(most, at)], [Infinity, -Infinity]);
  return { first: day(ends[0] - DAY_MS), last: day(ends[1] + DAY_MS) };
}

// A baseline's cases have no verdicts of their own.
function isJudged(one) {
  return typeof one?.case === "string" && typeof one.client === "string" && Array.isArray(one.verdicts);
}

function badness({ trouble, verdicts }) {
  const failed = verdicts.filter((verdict) => verdict.passed === false);
  return [trouble ? 1 : 0, failed.filter((verdict) => verdict.critical).length, failed.length];
}

function compare(one, other) {
  const at = one.findIndex((part, place) => part !== other[place]);
  return at < 0 ? 0 : one[at] - other[at];
}
