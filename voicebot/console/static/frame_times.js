// Moments as people read them, in the language of the page and the time zone of the browser.

// Not plain "en": 11/23/26 is an American day.
const language = document.documentElement.lang === "en" ? "en-GB" : "fr";
const SHOWN = {
  date: { dateStyle: "medium" },
  time: { timeStyle: "short" },
  both: { dateStyle: "medium", timeStyle: "short" },
  seconds: { dateStyle: "short", timeStyle: "medium" },
};

/** iso: a moment with its zone. as: date, time, both or seconds. */
export function shownTime(iso, as = "both") {
  return new Intl.DateTimeFormat(language, SHOWN[as]).format(new Date(iso));
}

/** Every <time datetime="…" data-show="both"> within. */
export function showTimes(within = document) {
  for (const time of within.querySelectorAll("time[data-show]")) {
    time.textContent = shownTime(time.dateTime, time.dataset.show);
  }
}
