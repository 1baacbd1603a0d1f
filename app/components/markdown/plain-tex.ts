const SYMBOLS: Record<string, string> = {
  ...{ times: "×", cdot: "·", div: "÷", pm: "±", mp: "∓", ast: "*", circ: "∘", degree: "°", percent: "%" },
  ...{ le: "≤", leq: "≤", ge: "≥", geq: "≥", ne: "≠", neq: "≠", approx: "≈", equiv: "≡", lt: "<", gt: ">", mid: "|" },
  ...{ infty: "∞", to: "→", rightarrow: "→", Rightarrow: "⇒", iff: "⇔", sum: "∑", prod: "∏", int: "∫", partial: "∂" },
  ...{ in: "∈", notin: "∉", cup: "∪", cap: "∩", subset: "⊂", subseteq: "⊆", emptyset: "∅", varnothing: "∅" },
  ...{ setminus: "∖", land: "∧", lor: "∨", neg: "¬", forall: "∀", exists: "∃", angle: "∠", perp: "⊥" },
  ...{ ldots: "…", dots: "…", cdots: "…", quad: " ", qquad: " ", left: "", right: "", displaystyle: "", limits: "" },
  ...{ alpha: "α", beta: "β", gamma: "γ", delta: "δ", epsilon: "ε", varepsilon: "ε", theta: "θ", lambda: "λ" },
  ...{ mu: "μ", pi: "π", rho: "ρ", sigma: "σ", tau: "τ", phi: "φ", varphi: "φ", omega: "ω", Delta: "Δ", Omega: "Ω" },
};

const BLACKBOARD: Record<string, string> = { R: "ℝ", N: "ℕ", Z: "ℤ", Q: "ℚ", C: "ℂ" };

/** Innermost first, again and again: no brace is left in what they match. */
const RULES: readonly [RegExp, (...parts: string[]) => string][] = [
  [
    /\\(?:text|textbf|textit|textrm|mathrm|mathbf|mathit|mathsf|operatorname|mbox|boxed)\s*\{([^{}]*)\}/g,
    (_, a = "") => a,
  ],
  [/\\mathbb\s*\{([^{}]*)\}/g, (_, a = "") => BLACKBOARD[a] ?? a],
  [/\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}/g, (_, a = "", b = "") => `${enclosed(a)}/${enclosed(b)}`],
  [/\\[dt]?frac\s*(\d)\s*(\d)/g, (_, a = "", b = "") => `${a}/${b}`],
  [/\\sqrt\s*\[([^[\]{}]*)\]\s*\{([^{}]*)\}/g, (_, n = "", a = "") => `${enclosed(a)}^(1/${n})`],
  [/\\sqrt\s*\{([^{}]*)\}/g, (_, a = "") => `√${enclosed(a)}`],
  [/\^\s*(?:\{\s*\\circ\s*\}|\\circ(?![A-Za-z]))/g, () => "°"],
  [/([\^_])\s*\{([^{}]*)\}/g, (_, sign = "", a = "") => `${sign}${enclosed(a)}`],
];
/** Once none of the others applies. */
const GROUP = /\{([^{}]*)\}/g;

/** More than this is no longer a result that one would type. */
const MOST_STEPS = 40;

/**
 * A formula in plain characters, as one would type it: `\frac{1}{2}` becomes 1/2. What it cannot make sense of stays
 * LaTeX, the whole of it.
 */
export function plainTex(tex: string): string {
  let text = tex.replaceAll("\\{", "\uE002").replaceAll("\\}", "\uE003").replace(/\\\\/g, "; ");
  for (let step = 0, before = ""; text !== before; step++) {
    if (step === MOST_STEPS) return tex;
    before = text;
    for (const [pattern, put] of RULES) text = text.replace(pattern, put);
    if (text === before) text = text.replace(GROUP, "$1");
  }
  if (/[{}&]|\\(begin|end)(?![A-Za-z])/.test(text)) return tex;
  return text
    .replace(/\\([A-Za-z]+) ?/g, (_, name: string) => SYMBOLS[name] ?? name)
    .replace(/\\[,;:! ]|~/g, " ")
    .replace(/\\([%$#&_])/g, "$1")
    .replaceAll("\uE002", "{")
    .replaceAll("\uE003", "}")
    .replace(/\s+/g, " ")
    .trim();
}

/** In parentheses, unless it is a number, a name or one sign. */
function enclosed(part: string): string {
  const text = part.trim();
  return /^(\d+([.,]\d+)*|\\?[A-Za-z]+|.)$/.test(text) ? text : `(${text})`;
}
