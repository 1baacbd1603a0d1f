import { LOOK_ALIKES } from "./look-alikes";
import { pick, type Random, repeat } from "./random";

/** Text of one to four kinds in a row, for a tokenizer to stumble over. */
export function variedText(random: Random): string {
  return repeat(random, 1, 4, () => pick(random, KINDS)(random));
}

/** A character of a block. Most blocks have holes, and those are wanted too. */
function character(random: Random, block: string): string {
  const [first = 0, last = 0] = block.split("-").map((hex) => Number.parseInt(hex, 16));
  return String.fromCodePoint(first + random(last - first + 1));
}

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
const identifier = (random: Random): string => repeat(random, 1, 12, () => pick(random, [...LETTERS]));
const number = (random: Random): string => repeat(random, 1, 12, () => pick(random, [..."0123456789"]));

const SENTENCES = [
  "What is the smallest prime greater than one hundred?",
  "Wie groß ist die Fläche eines Kreises mit Radius 3 cm?",
  "Combien d’élèves y a-t-il dans la classe si 40 % sont absents ?",
  "¿Cuál es la raíz cuadrada de ciento cuarenta y cuatro?",
  "Çözüm kümesini bulunuz: x² − 5x + 6 = 0; İstanbul, ığdır.",
  "Tính tổng các chữ số của số này rồi nhân đôi.",
  "Zażółć gęślą jaźń, a potem policz ułamki.",
  "Найдите сумму первых ста натуральных чисел.",
  "Να βρεθεί το εμβαδόν του τριγώνου ΑΒΓ.",
  "מצאו את שני המספרים שסכומם שבע־עשרה.",
  "كم عدد الطرق لترتيب خمسة كتب على الرف؟ ١٢٣٤٥",
  "مجموع زوایای یک مثلث چند درجه است؟ می‌دانیم",
  "दो संख्याओं का योग १२ है और अंतर ४ है।",
  "দুটি সংখ্যার গুণফল নির্ণয় করো।",
  "இரண்டு எண்களின் கூட்டுத்தொகை என்ன?",
  "จงหาค่าของตัวแปรที่ทำให้สมการเป็นจริง",
  "ຈົ່ງຊອກຫາຄ່າຂອງ x. ကိန်းနှစ်လုံး၏ပေါင်းလဒ်။ តើចម្លើយគឺអ្វី?",
  "བོད་ཡིག་གི་དཔེ། იპოვეთ ორი რიცხვის ჯამი. Գտեք թվերի գումարը։",
  "두 수의 합이 열일 때 곱의 최댓값을 구하시오.",
  "二つの数の和が十のとき、積の最大値を求めよ。カタカナ、ﾊﾝｶｸ。",
  "求方程的所有實數解，並說明理由。求解方程组。",
  "ሁለት ቁጥሮችን ደምር። ᎣᏏᏲ ᏣᎳᎩ ᓄᓇᕗᑦ ꓡꓲꓢꓴ 𐌰𐌱𐌲 𝒜𝓑𝔠 𝟘𝟙𝟚",
];

/** First and last code points of writing systems and symbols, in hexadecimal. */
const BLOCKS = [
  "21-7e a1-ff 100-24f 250-2ff 300-36f 370-3ff 400-52f 531-58f 591-5f4 600-6ff 700-74f 780-7bf 900-97f",
  "980-9ff b80-bff c00-cff d80-dff e01-e5b f00-fff 1000-10ff 1100-11ff 1200-137f 13a0-167f 1780-17ff",
  "1e00-1fff 2010-206f 2070-209c 2100-218b 2190-23ff 2500-27bf 3041-30ff 3400-4dbf 4e00-9fff a000-a4cf",
  "ac00-d7a3 fb00-fdff fe00-fe0f ff01-ffef 10330-1034a 12000-12399 1d400-1d7ff 1f300-1faff 20000-2a6df",
].flatMap((line) => line.split(" "));

const CODE: readonly ((random: Random) => string)[] = [
  (r) => `for (let ${identifier(r)} = ${number(r)}; i < n; i++) {\n\treturn \`\${${identifier(r)}}\` ?? null;\n}\n`,
  (r) =>
    `def ${identifier(r)}(self, *args, **kw):\n    return [x ** ${number(r)} for x in args if x != "${identifier(r)}"]\n`,
  (r) => `#include <${identifier(r)}.h>\r\nint main(void) { printf("%d\\n", 0x${number(r)}u); }\r\n`,
  (r) => `impl<'a, T: Ord> ${identifier(r)}<'a, T> { fn f(&'a mut self) -> Option<&T> { self.0.get(${number(r)}) } }`,
  (r) => `SELECT ${identifier(r)}, COUNT(*) FROM t WHERE id IN (${number(r)}) AND name LIKE '%${identifier(r)}%';--`,
  (r) => `<div class="${identifier(r)}" style='top:${number(r)}px'><!-- ${identifier(r)} --><br/></div>\n`,
  (r) => `{"${identifier(r)}": [${number(r)}, null, true, -1.5e-3],\n  "path": "C:\\\\${identifier(r)}"}`,
  (r) =>
    `$ cat ${identifier(r)}.txt | grep -rn '^#' ./*/../ && echo "$\{${identifier(r)}:-${number(r)}}" > /dev/null 2>&1\n`,
  (r) => `main :: IO ()\nmain = mapM_ print $ filter ((/= ${number(r)}) . f) [1..] -- ${identifier(r)}\n`,
  (r) =>
    `https://${identifier(r)}.example/a/b?q=${identifier(r)}&n=${number(r)}#${identifier(r)} ${identifier(r)}@example.org`,
];

const LATEX: readonly ((random: Random) => string)[] = [
  (r) => `\\[\\int_{0}^{${number(r)}} \\frac{\\sin(${identifier(r)})}{x^{2}+1}\\,dx\\]`,
  (r) => `$\\sum_{k=1}^{n} \\binom{n}{k} ${identifier(r)}_{k}^{${number(r)}} \\leq \\sqrt[3]{${number(r)}}$`,
  (r) =>
    `\\begin{align*}\n  ${identifier(r)} &= ${number(r)} \\\\\n  &\\implies \\boxed{${number(r)}}\n\\end{align*}\n`,
  (r) => `\\(\\mathbb{R}^{${number(r)}} \\to \\vec{${identifier(r)}} \\cdot \\hat{\\theta}'' \\%\\)`,
];

const SPACES = [" ", " ", " ", "\t", "\n", "\r", "\r\n", "\u00A0", "\u2003", "\u2028", "\u3000", "\u200B", "\v", "\f"];
const MARKS = "300-36f";
const FACES = "1f600-1f64f";
const EMOJI = [
  ...["👩‍👩‍👧‍👦", "🏳️‍🌈", "👨🏽‍🚀", "🇺🇳", "🇩🇪🇯🇵", "1️⃣", "❤️‍🔥", "☺️", "☺", "🤷🏿‍♀️", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "👍🏻"],
  ...["\u200D", "\uFE0F", "\u{1F3FD}", "🧑‍", "\u20E3"],
];
const CONTRACTIONS = [
  "'s",
  "'t",
  "'re",
  "'ve",
  "'m",
  "'ll",
  "'d",
  "'S",
  "'T",
  "'RE",
  "'Ve",
  "'M",
  "'lL",
  "'D",
  "’s",
  "'x",
];
const DIGITS = [..."0123456789", "٣", "५", "๗", "９", "²", "½", "Ⅷ", "㊿", "𝟗", ",", ".", "-", " "];
const NASTY = [
  "\uD800",
  "\uDBFF",
  "\uDC00",
  "\uDFFF",
  "\uDE00\uD83D",
  "\uFFFD",
  "\uFFFE",
  "\uE000",
  "\u{10FFFF}",
  "\0",
  "\x7F",
];

/** Bytes read in the wrong encoding: Latin-1, and UTF-8 that it seldom is. */
const bytes = (random: Random): number[] => Array.from({ length: 1 + random(24) }, () => random(256));
const latin1 = (random: Random): string => String.fromCodePoint(...bytes(random));
const utf8 = (random: Random): string => new TextDecoder().decode(Uint8Array.from(bytes(random)));

/** One entry a kind; the sentences, letters and code are ordinary, the others are not. */
const KINDS: readonly ((random: Random) => string)[] = [
  (r) => pick(r, SENTENCES),
  (r) => pick(r, SENTENCES).slice(r(20), 20 + r(40)),
  (r) => repeat(r, 1, 10, () => identifier(r), " "),
  (r) => pick(r, CODE)(r),
  (r) => pick(r, LATEX)(r),
  (r) => {
    const block = pick(r, BLOCKS);
    return repeat(r, 1, 16, () => (r(6) === 0 ? pick(r, SPACES) : character(r, block)));
  },
  (r) => repeat(r, 1, 12, () => character(r, pick(r, BLOCKS))),
  (r) => repeat(r, 1, 6, () => pick(r, [...LETTERS, "か", "א", "ক"]) + repeat(r, 1, 4, () => character(r, MARKS))),
  (r) => repeat(r, 1, 8, () => (r(2) === 0 ? pick(r, EMOJI) : character(r, FACES))),
  (r) => repeat(r, 1, 8, () => pick(r, SPACES).repeat(1 + r(r(8) === 0 ? 90 : 5))),
  (r) => `${identifier(r)}${repeat(r, 1, 6, () => pick(r, SPACES))}${identifier(r)}`,
  (r) => repeat(r, 1, 30, () => pick(r, DIGITS)),
  (r) => repeat(r, 1, 6, () => identifier(r) + pick(r, CONTRACTIONS), pick(r, [" ", "", "\n"])),
  (r) => repeat(r, 1, 5, () => pick(r, LOOK_ALIKES), pick(r, ["", " ", "\n", "end"])),
  (r) => character(r, pick(r, BLOCKS)).repeat(1 + r(120)),
  (r) => repeat(r, 1, 12, () => pick(r, [..."!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"]).repeat(1 + r(6))),
  (r) => repeat(r, 1, 6, () => pick(r, NASTY) + (r(2) === 0 ? identifier(r) : "")),
  latin1,
  utf8,
  (r) => repeat(r, 1, 10, () => character(r, "0-10ffff")),
];
