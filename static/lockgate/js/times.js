// Times that count on: <time data-ago datetime="…"> reads "3 s ago" in the page's language,
// and what is offered only until a moment (data-until) goes away with it.
const words = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { style: "narrow", numeric: "always" });
const steps = [[60, 1, "second"], [3600, 60, "minute"], [172800, 3600, "hour"], [Infinity, 86400, "day"]];

const ago = (then) => {
  const seconds = Math.max(0, Math.round((Date.now() - then) / 1000));
  const [, size, unit] = steps.find(([limit]) => seconds < limit);
  return words.format(-Math.floor(seconds / size), unit).replace(/(\d)([a-z])/, "$1\u00a0$2");
};

const tick = () => {
  for (const time of document.querySelectorAll("time[data-ago]")) time.textContent = ago(Date.parse(time.dateTime));
  for (const offer of document.querySelectorAll("[data-until]")) {
    if (Date.parse(offer.dataset.until) < Date.now()) offer.closest(".notice").remove();
  }
};

// The server writes times in the reader's zone; the browser tells which one that is.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone && !document.cookie.includes(`zone=${zone}`)) {
  document.cookie = `zone=${zone}; path=/; max-age=31536000; samesite=lax`;
}

tick();
setInterval(tick, 1000);
document.addEventListener("htmx:afterSwap", tick);
