// Dates and times as the preferences `locale.*` say.

export interface DateFormat {
  timezone: string;
  dateFormat: string;
  timeFormat: string;
}

export const DEFAULT_DATES: DateFormat = { timezone: "UTC", dateFormat: "YYYY-MM-DD", timeFormat: "24h" };

/** A time as date and time of day, such as `2026-01-31, 10:30`. */
export function dateTime(time: string, language: string, format: DateFormat): string {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return time;
  const part = parts(at, language, format);
  const date = format.dateFormat
    .replace("YYYY", part("year"))
    .replace("MM", part("month"))
    .replace("DD", part("day"));
  const clock = `${part("hour")}:${part("minute")}`;
  const half = part("dayPeriod");
  return `${date}, ${half ? `${clock} ${half}` : clock}`;
}

function parts(at: Date, language: string, format: DateFormat): (type: string) => string {
  const options: Intl.DateTimeFormatOptions = {
    calendar: "gregory",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: format.timeFormat === "12h" ? "h12" : "h23",
  };
  let made: Intl.DateTimeFormatPart[];
  try {
    made = new Intl.DateTimeFormat(language, { ...options, timeZone: format.timezone }).formatToParts(at);
  } catch {
    // A zone that this browser does not know.
    made = new Intl.DateTimeFormat(language, { ...options, timeZone: "UTC" }).formatToParts(at);
  }
  return (type) => made.find((part) => part.type === type)?.value ?? "";
}
