// How figures are said.

export const DASH = "–";
const digits = new Intl.NumberFormat("en");
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export const words = (name) => name.replaceAll("_", " ");
export const number = (value) => value === null || value === undefined ? DASH : digits.format(Math.round(value));
export const count = (value) => value ? digits.format(value.number) + (value.exact ? "" : "+") : DASH;
export const about = (value) => !value ? DASH : value.exact ? digits.format(value.number) : `≈ ${compact.format(value.number)}`;
export const short = (value) => value === null || value === undefined ? DASH : compact.format(value);
export const plural = (value, one, many) => `${digits.format(value)} ${value === 1 ? one : many}`;

/** Say labels as the command line takes them. */
export const labelled = (labels) => Object.entries(labels).map(([name, value]) => `${name}=${value}`).join(", ");

/** Say a duration that is as exact as it is short. */
export function lasting(seconds) {
  if (seconds === null || seconds === undefined) return DASH;
  if (seconds < 0.0005) return seconds > 0 ? "< 1 ms" : "0 ms";
  if (seconds < 1) return `${(seconds * 1000).toPrecision(seconds < 0.1 ? 2 : 3).replace(/\.0+$/, "")} ms`;
  if (seconds < 60) return `${Number(seconds.toPrecision(3))} s`;
  const whole = Math.round(seconds);
  return whole < 3600 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : span(seconds);
}

/** Say a duration in one unit, as an axis has room for. */
export const briefly = (seconds) => seconds < 60 ? lasting(seconds)
  : seconds < 7200 ? `${Number((seconds / 60).toPrecision(2))} min` : `${Number((seconds / 3600).toPrecision(2))} h`;

/** Say an age in whole units. */
export function span(seconds) {
  if (seconds === null || seconds === undefined) return DASH;
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${Math.floor(whole % 3600 / 60)} min`;
  return `${Math.floor(whole / 86400)} d ${Math.floor(whole % 86400 / 3600)} h`;
}

/** Say a number of bytes in the unit that fits. */
export function bytes(value) {
  if (value === null || value === undefined) return DASH;
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
  const scaled = value / 1000 ** power;
  return `${scaled < 10 && power ? scaled.toFixed(1) : Math.round(scaled)} ${units[power]}`;
}

/** Say US dollars, with as many places as a small sum needs. */
export function money(value) {
  if (value === null || value === undefined) return DASH;
  if (value === 0) return "$0";
  return `$${value < 0.01 ? value.toPrecision(2) : value < 100 ? value.toFixed(2) : digits.format(Math.round(value))}`;
}

export const rate = (perMinute) => perMinute >= 10 || perMinute === 0 ? number(perMinute) : perMinute.toFixed(1);
export const clock = (seconds, exact) => new Date(seconds * 1000).toLocaleTimeString("en-GB",
  exact ? { hour: "2-digit", minute: "2-digit", second: "2-digit" } : { hour: "2-digit", minute: "2-digit" });
export const firstPart = (id) => id.slice(0, 8);
