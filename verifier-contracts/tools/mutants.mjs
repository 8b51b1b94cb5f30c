// Where a contract could be wrong by one small change: operators, constants, conditions, and statements that are left out.
//
// All changes of a source are compiled together, each behind a question whether it is on. So the places are taken from the
// compiler's syntax tree, and each change keeps the types around it:
//
//   a + b               (on ? a - b : a + b)
//   a condition         (on ? false : on ? true : condition)
//   x += y;             { if (on) { x -= y; } else { x += y; } }
//   a statement         { if (!on) { statement; } }
//   a number            (on ? uint256(3) : uint256(2)), where the type can be told
//
// In assembly there are functions instead, which are put into the block: add_sub(id, a, b), choose(id, 3, 2).
//
// What is computed at compile time is left as it is, and so are modifiers, and the bodies of operators that the language
// wants pure.

const OPERATORS = {
  "<<": [">>"],
  ">>": ["<<"],
  "==": ["!="],
  "!=": ["=="],
  "<=": ["<", ">"],
  ">=": [">", "<"],
  "<": ["<=", ">"],
  ">": [">=", "<"],
  "&&": ["||"],
  "||": ["&&"],
  "+": ["-"],
  "-": ["+"],
  "*": ["/"],
  "/": ["*"],
  "%": ["*"],
  "&": ["|"],
  "|": ["&"],
  "^": ["&"],
  "+=": ["-="],
  "-=": ["+="],
  "*=": ["+="],
  "++": ["--"],
  "--": ["++"],
};

// What a type of ours has in the place of an operator.
const FIELD = { "+": ["-"], "-": ["+"], "*": ["+"] };

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
};
const TERNARY = new Set(["addmod", "mulmod"]);

// The account that a block's rewards go to stands for the mutant that is on.
export const FIRST = 0x10000;
export const account = (id) => `0x${(FIRST + id).toString(16).padStart(40, "0")}`;
const number = (id) => `0x${(FIRST + id).toString(16)}`;

export const SWITCH = `// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

/// @dev Whether a mutant is on.
function mutantOn(uint256 id) view returns (bool on) {
    assembly ("memory-safe") {
        on := eq(coinbase(), id)
    }
}
`;

const HELPERS = [
  " function mutant_choose(id, changed, original) -> r { switch eq(coinbase(), id) case 0 { r := original } default { r := changed } }",
  ...Object.entries(FUNCTIONS).map(([from, to]) => {
    const operands = TERNARY.has(from) ? "a, b, c" : "a, b";
    const body = `switch eq(coinbase(), id) case 0 { r := ${from}(${operands}) } default { r := ${to}(${operands}) }`;
    return ` function mutant_${from}(id, ${operands}) -> r { ${body} }`;
  }),
];

const isNode = (value) => value !== null && typeof value === "object" && typeof value.nodeType === "string";
const constant = (node) => /^(int_const|rational_const|literal_string)/.test(node.typeDescriptions?.typeString ?? "");
const unsigned = (type) => (/^uint\d+$/.test(type ?? "") ? type : undefined);

// The places of a source, outer ones before those within them. The text has one character for each byte.
export function sites(file, text, ast) {
  const found = [];
  const seen = new Map();
  let scope = "";
  let frozen = false;

  const place = (node) => {
    const [start, length] = node.src.split(":").map(Number);
    return { start, end: start + length };
  };
  const cut = ({ start, end }) => text.slice(start, end).replace(/\s+/g, " ");
  const brief = (at) => (cut(at).length > 60 ? `${cut(at).slice(0, 57)}...` : cut(at));

  // `edits`: where, what is taken out, and what comes in: texts, or a mutant's place and its text for a given id.
  function put(at, changes, edits) {
    if (frozen || scope === "" || changes.length === 0) return;
    const line = text.slice(0, at).split("\n").length;
    const mutants = changes.map(([from, to]) => {
      const name = `${file} ${scope}: ${from} -> ${to}`;
      const nth = (seen.get(name) ?? 0) + 1;
      seen.set(name, nth);
      return { name: nth > 1 ? `${name} #${nth}` : name, file, line };
    });
    found.push({ mutants, edits });
  }
  const before = (at, ...parts) => ({ start: at.start, end: at.start, closes: false, parts });
  const after = (at, ...parts) => ({ start: at.end, end: at.end, closes: true, parts });
  const ask = (id) => `mutantOn(${number(id)})`;
  const of = (mutant, text_) => ({ mutant, text: text_ });

  // The original's text in the place of its mutants: only one is on at a time, and so none within it.
  function alternatives(node, changes) {
    const at = place(node);
    if (text.slice(at.start, at.end).includes("//")) return;
    const parts = changes.map(([, , changed], index) => of(index, (id) => `${ask(id)} ? ${changed} : `));
    put(at.start, changes.map(([from, to]) => [from, to]), [before(at, "(", ...parts), after(at, ")")]);
  }

  function binary(node) {
    if (constant(node)) return;
    const [left, right] = [cut(place(node.leftExpression)), cut(place(node.rightExpression))];
    const table = node.function === undefined || node.function === null ? OPERATORS : FIELD;
    const changes = (table[node.operator] ?? []).map((to) => [node.operator, to, `${left} ${to} ${right}`]);
    alternatives(node, changes);
  }

  function condition(node, canBeAlways) {
    const at = place(node);
    const changes = [[brief(at), "false", "false"], ...(canBeAlways ? [[brief(at), "true", "true"]] : [])];
    alternatives(node, changes);
  }

  function unary(node) {
    const inner = cut(place(node.subExpression));
    if (node.operator === "!") alternatives(node, [["!", "nothing", inner]]);
    const [to] = OPERATORS[node.operator] ?? [];
    if (node.operator === "++" || node.operator === "--") {
      alternatives(node, [[node.operator, to, node.prefix ? `${to}${inner}` : `${inner}${to}`]]);
    }
  }

  // The type of a number, as far as its surroundings tell.
  function typeOf(node, parent) {
    if (parent.nodeType === "BinaryOperation" && !constant(parent)) {
      const isShift = parent.operator === "<<" || parent.operator === ">>";
      return isShift && node === parent.rightExpression ? "uint256" : unsigned(parent.commonType?.typeString);
    }
    if (parent.nodeType === "Assignment") return unsigned(parent.leftHandSide.typeDescriptions.typeString);
    if (parent.nodeType === "VariableDeclarationStatement" && parent.declarations.length === 1) {
      return unsigned(parent.declarations[0]?.typeDescriptions.typeString);
    }
    if (parent.nodeType === "IndexAccess" && node === parent.indexExpression) return "uint256";
    return undefined;
  }

  function literal(node, parent) {
    const type = node.kind === "number" && !node.subdenomination ? typeOf(node, parent) : undefined;
    if (!type || !/^(0x[0-9a-f_]+|\d[\d_]*)$/i.test(node.value)) return;
    const next = `${BigInt(node.value.replaceAll("_", "")) + 1n}`;
    const at = place(node);
    const parts = of(0, (id) => `${ask(id)} ? ${type}(${next}) : `);
    put(at.start, [[node.value, next]], [before(at, "(", parts, `${type}(`), after(at, "))")]);
  }

  // A statement, with the semicolon that its place ends before.
  function statement(node, parent) {
    if (parent.nodeType === "ForStatement" && node !== parent.body) return;
    const at = place(node);
    const semicolon = text.indexOf(";", at.end - 1);
    const whole = { start: at.start, end: semicolon + 1 };
    const expression = node.nodeType === "EmitStatement" ? node.eventCall : node.expression;
    const isDelete = expression.nodeType === "UnaryOperation" && expression.operator === "delete";
    if (!isDelete && !["FunctionCall", "Assignment"].includes(expression.nodeType)) return;
    const open = before(whole, of(0, (id) => `{ if (!${ask(id)}) { `));
    put(at.start, [[brief(at), "nothing"]], [open, after(whole, " } }")]);
    const [to] = expression.nodeType === "Assignment" ? (OPERATORS[expression.operator] ?? []) : [];
    if (!to || text.slice(at.start, at.end).includes("//")) return;
    const [left, right] = [cut(place(expression.leftHandSide)), cut(place(expression.rightHandSide))];
    const changed = of(0, (id) => `{ if (${ask(id)}) { ${left} ${to} ${right}; } else { `);
    put(at.start, [[expression.operator, to]], [before(whole, changed), after(whole, " } }")]);
  }

  function yul(node, parent) {
    const at = place(node);
    switch (node.nodeType) {
      case "YulFunctionCall": {
        const name = node.functionName.name;
        if (!FUNCTIONS[name]) return;
        const head = { start: at.start, end: text.indexOf("(", at.start) + 1, closes: false };
        const parts = [of(0, (id) => `mutant_${name}(${number(id)}, `)];
        put(at.start, [[name, FUNCTIONS[name]]], [{ ...head, parts }]);
        return;
      }
      case "YulLiteral": {
        if (node.kind !== "number" || parent.nodeType === "YulCase") return;
        const next = `${BigInt(node.value) + 1n}`;
        put(at.start, [[node.value, next]], [before(at, of(0, (id) => `mutant_choose(${number(id)}, ${next}, `)), after(at, ")")]);
        return;
      }
      case "YulIf":
      case "YulForLoop": {
        const test = place(node.condition);
        const parts = [of(0, (id) => `mutant_choose(${number(id)}, 0, `)];
        const changes = [[brief(test), "false"]];
        if (node.nodeType === "YulIf") {
          parts.push(of(1, (id) => `mutant_choose(${number(id)}, 1, `));
          changes.push([brief(test), "true"]);
        }
        put(test.start, changes, [before(test, ...parts), after(test, ")".repeat(parts.length))]);
        return;
      }
      case "YulAssignment":
      case "YulExpressionStatement": {
        const open = before(at, of(0, (id) => `if iszero(eq(coinbase(), ${number(id)})) { `));
        put(at.start, [[brief(at), "nothing"]], [open, after(at, " }")]);
      }
    }
  }

  function visit(node, parent) {
    const outer = [scope, frozen];
    switch (node.nodeType) {
      case "ContractDefinition":
        scope = node.name;
        break;
      case "FunctionDefinition":
        // An operator has to be pure.
        frozen = parent.nodeType === "SourceUnit";
        scope = scope === "" ? node.name : `${scope}.${node.name || node.kind}`;
        break;
      case "VariableDeclaration":
        if (node.constant) return;
        break;
      case "ModifierInvocation":
        return;
      case "InlineAssembly": {
        const at = place(node.AST);
        // For all sites of the block; it is no site itself.
        if (!frozen) found.push({ mutants: [], edits: [{ start: at.start + 1, end: at.start + 1, closes: false, parts: HELPERS }] });
        break;
      }
      case "BinaryOperation":
        binary(node);
        break;
      case "UnaryOperation":
        unary(node);
        break;
      case "Literal":
        literal(node, parent);
        break;
      case "IfStatement":
      case "Conditional":
        condition(node.condition, true);
        break;
      case "WhileStatement":
      case "ForStatement":
        if (node.condition) condition(node.condition, false);
        break;
      case "ExpressionStatement":
      case "EmitStatement":
        statement(node, parent);
        break;
      default:
        if (node.nodeType.startsWith("Yul")) yul(node, parent);
    }
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) visit(child, node);
    }
    [scope, frozen] = outer;
  }
  visit(ast, ast);
  return found;
}

// The source with its mutants in it, and where each of them is there. `id` has a number for each that is not left out.
export function rewrite(text, places, id) {
  const edits = [];
  places.forEach(({ mutants, edits: own }, site) => {
    const ids = mutants.map(id);
    if (mutants.length > 0 && ids.every((one) => one === undefined)) return;
    own.forEach((edit) => edits.push({ ...edit, site, ids }));
  });
  // What closes stands before what opens, and inner ones stand within outer ones.
  edits.sort((a, b) => a.start - b.start || b.closes - a.closes || (a.closes ? b.site - a.site : a.site - b.site));
  let out = "";
  let copied = 0;
  const extents = new Map();
  const parts = [];
  for (const { start, end, parts: texts, site, ids } of edits) {
    out += text.slice(copied, start);
    copied = end;
    const from = out.length;
    for (const part of texts) {
      if (typeof part === "string") out += part;
      else if (ids[part.mutant] !== undefined) {
        const begin = out.length;
        out += part.text(ids[part.mutant]);
        parts.push({ start: begin, end: out.length, mutants: [places[site].mutants[part.mutant]] });
      }
    }
    const extent = extents.get(site) ?? { start: from, mutants: places[site].mutants };
    extents.set(site, { ...extent, end: out.length });
  }
  return { text: out + text.slice(copied), extents: [...extents.values()], parts };
}

// The mutants to leave out for an error at a place of the rewritten source.
export function blamed({ extents, parts }, { start, end }) {
  const around = (all) => all.filter((one) => one.mutants.length > 0 && one.start <= start && end <= one.end);
  const inner = (all) => all.sort((a, b) => a.end - a.start - (b.end - b.start))[0]?.mutants;
  return inner(around(parts)) ?? inner(around(extents)) ?? [];
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
