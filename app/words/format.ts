import type { TFunction } from "i18next";

/** How one language writes numbers and what they count. Units are SI symbols, which are the same in every language. */
export interface Format {
  /** `2410` → "2,410". */
  count(count: number): string;
  /** `1` → "1 token", `180` → "180 tokens". */
  tokens(tokens: number): string;
  /** Decimal units, as browsers and shops count: `11_400_000` → "11.4 MB". */
  bytes(bytes: number): string;
  /** `840` → "0.8 s", `3_200` → "3 s", `72_000` → "1 min 12 s", `7_500_000` → "2 h 5 min". */
  duration(elapsedMs: number): string;
  /** As near as a guess can be: `48_000` → "48 s", `503_000` → "8 min", `7_440_000` → "2 h 4 min". */
  roughly(restMs: number): string;
  /** `9.42` → "9.4", `238.6` → "239": as many digits as mean something. */
  rate(rate: number): string;
  /** As it is typed: `0.95` → "0.95", `32768` → "32768". */
  plain(value: number): string;
  /** `38` → "38 %". */
  percent(percent: number): string;
}

const UNITS = [
  { unit: "GB", bytes: 1e9 },
  { unit: "MB", bytes: 1e6 },
  { unit: "kB", bytes: 1e3 },
] as const;

/** @param t knows the plurals of what is counted. */
export function formatIn(language: string, t: TFunction): Format {
  const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  const oneDecimal = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  const plain = new Intl.NumberFormat(language, { maximumFractionDigits: 6, useGrouping: false });
  const inHours = (minutes: number) => `${whole.format(Math.floor(minutes / 60))} h ${minutes % 60} min`;
  return {
    count: (count) => whole.format(count),
    tokens: (tokens) => t("tokens", { count: tokens, formatted: whole.format(tokens) }),
    bytes(bytes) {
      // What would be rounded up to 1,000.0 of a unit is 1.0 of the next one.
      const found = UNITS.find((unit) => bytes >= unit.bytes * 0.99995);
      return found ? `${oneDecimal.format(bytes / found.bytes)} ${found.unit}` : `${whole.format(bytes)} B`;
    },
    duration(elapsedMs) {
      const seconds = elapsedMs / 1000;
      if (seconds < 0.95) return `${oneDecimal.format(seconds)} s`;
      const rounded = Math.round(seconds);
      if (rounded < 60) return `${rounded} s`;
      if (rounded < 3600) return `${Math.floor(rounded / 60)} min ${rounded % 60} s`;
      return inHours(Math.round(rounded / 60));
    },
    roughly(restMs) {
      if (restMs < 59_500) return `${Math.max(1, Math.round(restMs / 1000))} s`;
      const minutes = Math.round(restMs / 60_000);
      return minutes < 60 ? `${minutes} min` : inHours(minutes);
    },
    rate: (rate) => (rate < 10 ? oneDecimal : whole).format(rate),
    plain: (value) => plain.format(value),
    percent: (percent) => `${whole.format(percent)} %`,
  };
}

/** 0 … 100, never 100 before the end. */
export const percentOf = (done: number, total: number): number =>
  total > 0 ? Math.max(0, Math.min(100, Math.floor((done / total) * 100))) : 0;

/** A number as it is typed in any of the page's languages: with a decimal comma or point, digits in groups or not. NaN for anything else. */
export function parseNumber(text: string): number {
  const typed = text.trim();
  if (/^\d{1,3}([.,\s’]\d{3})+$/.test(typed) && !/^0[.,]/.test(typed)) return Number(typed.replace(/\D/g, ""));
  return /^-?\d*[.,]?\d+$/.test(typed) ? Number(typed.replace(",", ".")) : Number.NaN;
}
