// Where a source could be wrong by one small change: operators, constants, conditions, and statements that are left out.
//
// Text is enough for this: comments and texts are blanked first, and what does not compile is told apart from what survives.

// What stands for what. Longer ones come first, so that `<` is not found in `<=`.
const OPERATORS = [
  ["<<", ">>"],
  [">>", "<<"],
  ["&&", "||"],
  ["||", "&&"],
  ["==", "!="],
  ["!=", "=="],
  ["<=", "<"],
  [">=", ">"],
  ["+=", "-="],
  ["-=", "+="],
  ["++", "--"],
  [" < ", " <= "],
  [" > ", " >= "],
  [" + ", " - "],
  [" - ", " + "],
  [" * ", " / "],
  [" / ", " * "],
  [" % ", " * "],
  [" & ", " | "],
  [" | ", " & "],
  [" ^ ", " & "],
];

// The functions of assembly that have a counterpart.
const FUNCTIONS = {
  add: "sub",
  sub: "add",
  mul: "add",
  mod: "mul",
  lt: "gt",
  gt: "lt",
  and: "or",
  or: "and",
  shl: "shr",
  shr: "shl",
  addmod: "mulmod",
  mulmod: "addmod",
  mcopy: "calldatacopy",
};

// Lines that declare something, in which nothing is computed.
const DECLARATION = /^\s*(pragma|import|using|error|event|type|library|contract|struct|function|\/\/)/;

// A statement that can be left out: a call, or an assignment to what was declared before.
const STATEMENT = /^(\s*)((?:[\w.]+(?:\[[^\]]*\])*\s*(?:[-+|&^]?=)[^=>].*|[\w.]+\(.*\)));$/;
const ASSEMBLY = /^(\s*)((?:mstore|mcopy|calldatacopy|extcodecopy|revert)\(.*\)|[a-z]\w* := .*)$/;

// The text without comments and quoted texts, which have as many spaces in their place.
export function blank(text) {
  return text.replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\\n]|\\.)*"/g, (found) => found.replace(/[^\n]/g, " "));
}

function literal(found) {
  const number = BigInt(found.replaceAll("_", ""));
  if (!/^0x/i.test(found)) return String(number + 1n);
  // The same number of digits, as what looks like an address has to have a checksum.
  const next = (number ^ 1n).toString(16).padStart(found.length - 2, "0");
  return `0x${next}`;
}

// All changes of a line: where, what is there, and what comes in its place.
function changes(line) {
  const found = [];
  const put = (at, from, to, kind) => found.push({ at, from, to, kind });
  const taken = new Set();
  for (const [from, to] of OPERATORS) {
    for (let at = line.indexOf(from); at >= 0; at = line.indexOf(from, at + 1)) {
      const core = from.trim();
      const start = at + from.indexOf(core);
      if (taken.has(start) || (core.length > 1 && taken.has(start + 1))) continue;
      // `:=` and `=>` are no comparisons.
      if (core === ">=" && line[start - 1] === "=") continue;
      for (let index = 0; index < core.length; ++index) taken.add(start + index);
      put(start, core, to.trim(), "operator");
    }
  }
  for (const match of line.matchAll(/\b([a-z]+)\(/g)) {
    const to = FUNCTIONS[match[1]];
    if (to) put(match.index, match[1], to, "operator");
  }
  for (const match of line.matchAll(/(?<![\w.])(0x[0-9a-fA-F]+|\d[\d_]*)(?![\w.])/g)) {
    put(match.index, match[1], literal(match[1]), "constant");
  }
  const condition = line.match(/^(\s*(?:} else )?if )(\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|[a-z]\w*(?:\(.*\))?)( .*)$/);
  if (condition) {
    const [, head, test, rest] = condition;
    const isAssembly = !test.startsWith("(");
    if (rest.trim().length > 0) {
      put(head.length, test, isAssembly ? "0" : "(false)", "condition");
      put(head.length, test, isAssembly ? "1" : "(true)", "condition");
    }
  }
  const negated = line.match(/(?<=[\s(])!(?=[\w(])/);
  if (negated) put(negated.index, "!", "", "condition");
  const statement = line.match(STATEMENT) ?? line.match(ASSEMBLY);
  if (statement && !/^\s*(return|let|uint|bytes|bool|emit)\b/.test(line)) {
    put(statement[1].length, line.slice(statement[1].length), "", "statement");
  }
  return found;
}

// All mutants of a source, each with an id that stays the same as long as its line does.
export function mutants(file, text) {
  const lines = blank(text).split("\n");
  const all = [];
  lines.forEach((line, index) => {
    if (DECLARATION.test(line) || line.trim() === "") return;
    for (const { at, from, to, kind } of changes(line)) {
      const id = `${file}:${index + 1}:${at + 1}:${kind}:${to || "nothing"}`;
      all.push({ id, file, line: index + 1, column: at + 1, kind, from, to });
    }
  });
  return all;
}

// The source with a mutant's change. What was blanked in its line stays as it was.
export function apply(text, { line, column, from, to }) {
  const lines = text.split("\n");
  const old = lines[line - 1];
  lines[line - 1] = old.slice(0, column - 1) + to + old.slice(column - 1 + from.length);
  return lines.join("\n");
}

// Some of them, the same for the same seed: by a permutation of the numbers, so that a larger sample has a smaller one in it.
export function sample(all, count, seed) {
  let state = BigInt(seed) * 6364136223846793005n + 1442695040888963407n;
  const draw = (end) => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n);
    return Number((state >> 33n) % BigInt(end));
  };
  const order = all.map((_, index) => index);
  for (let index = order.length - 1; index > 0; --index) {
    const other = draw(index + 1);
    [order[index], order[other]] = [order[other], order[index]];
  }
  return order.slice(0, count).map((index) => all[index]);
}
