// What the charts know: the last hour by the minute, and the last ten minutes by the second.

const KEPT_SECONDS = 600;

const known = { minutes: null, seconds: null };

/** Keep the last hour. */
export function learnMinutes(columns) {
  known.minutes = columns;
}

/** Keep the last ten minutes. */
export function learnSeconds(columns) {
  known.seconds = columns;
}

/** Put the newest seconds behind those that are known; what is told anew replaces what was told. */
export function addSeconds(tail) {
  if (!tail || !tail.at.length) return;
  const before = known.seconds || { at: [], completed: [], failed: [], unfinished: [], due: [] };
  const kept = before.at.filter((at) => at < tail.at[0]).length;
  const first = Math.max(0, before.at.findIndex((at) => at > tail.at[tail.at.length - 1] - KEPT_SECONDS));
  known.seconds = Object.fromEntries(Object.keys(before).map((name) => [name, [...before[name].slice(first, kept), ...tail[name]]]));
}

/** Return the columns of a period, "minutes" or "seconds"; null before they came. */
export const columns = (period) => known[period];
