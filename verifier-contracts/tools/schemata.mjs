// The contracts with all their mutants in them.
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import solc from "solc";
import { SWITCH, blamed, rewrite, sites } from "./mutants.mjs";

// One character for each byte, as the compiler counts.
const bytes = (path) => readFileSync(path, "latin1");
// Whoever calls the switch is not pure. The language wants operators to be.
const OPERATORS = "src/libraries/Fr.sol";

function list(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? list(path) : path.endsWith(".sol") ? [path] : [];
  });
}

// Every source that is imported, by its name.
function closure(root, files, text) {
  const found = new Map();
  const open = [...files];
  while (open.length > 0) {
    const file = open.pop();
    if (found.has(file)) continue;
    const path = [join(root, file), join(root, "node_modules", file)].find(existsSync);
    const content = text(file) ?? bytes(path);
    found.set(file, content);
    for (const [, imported] of content.matchAll(/(?:from|^import) "([^"]+)"/gm)) {
      open.push(imported.startsWith(".") ? normalize(join(dirname(file), imported)) : imported);
    }
  }
  return found;
}

function compile(sources, outputs) {
  const content = [...sources].map(([name, text]) => [name, { content: Buffer.from(text, "latin1").toString("utf8") }]);
  const settings = { evmVersion: "osaka", outputSelection: { "*": outputs } };
  const input = { language: "Solidity", sources: Object.fromEntries(content), settings };
  return JSON.parse(solc.compile(JSON.stringify(input)));
}

// What is mutated, with the places of its mutants.
export function read(root) {
  const files = list(join(root, "src")).map((path) => path.slice(root.length + 1)).filter((file) => !file.includes("interfaces"));
  const sources = closure(root, files, () => undefined);
  const { sources: trees, errors } = compile(sources, { "": ["ast"] });
  const fatal = errors?.find(({ severity }) => severity === "error");
  if (fatal) throw new Error(fatal.formattedMessage);
  return files.sort().map((file) => ({ file, text: sources.get(file), places: sites(file, sources.get(file), trees[file].ast) }));
}

function impure(file, text) {
  if (file !== OPERATORS) return text.replace(/\bpure\b/g, "view");
  // The functions of the library, but not those before it.
  const [operators, library] = text.split(/^(?=library )/m);
  return operators + library.replace(/\bpure\b/g, "view");
}

// The mutants that leave out what sets the variable at a place: a pointer has to be set.
function setting({ text, extents }, { start, end }) {
  const name = text.slice(start, end).split(" ").pop();
  const sets = new RegExp(`: [^=:]*\\b${name}\\b[^=:]* :?= .* -> nothing`);
  return extents.flatMap(({ mutants }) => mutants).filter((mutant) => sets.test(mutant.name));
}

// Puts the mutants into a copy of the contracts, and returns those that do not compile.
export function instrument(copy, sources, ids) {
  const invalid = new Set();
  writeFileSync(join(copy, "src", "Mutant.sol"), SWITCH);
  for (const path of [...list(join(copy, "test")), ...list(join(copy, "script")), ...list(join(copy, "src", "interfaces"))]) {
    writeFileSync(path, impure(path, bytes(path)), "latin1");
  }
  for (;;) {
    const written = new Map();
    for (const { file, text, places } of sources) {
      const up = file.includes("libraries") ? ".." : ".";
      const made = rewrite(text, places, (mutant) => (invalid.has(mutant) ? undefined : ids.get(mutant)));
      // `pure` and `view` have the same length, so that places stay; the import comes last.
      const shown = `${impure(file, made.text)}\nimport {mutantOn} from "${up}/Mutant.sol";\n`;
      written.set(file, { ...made, text: shown });
      writeFileSync(join(copy, file), shown, "latin1");
    }
    const names = sources.map(({ file }) => file);
    const content = closure(copy, names, (file) => written.get(file)?.text);
    const errors = (compile(content, { "*": ["abi"] }).errors ?? []).filter(({ severity }) => severity === "error");
    if (errors.length === 0) return invalid;
    const before = invalid.size;
    for (const { sourceLocation: at } of errors) {
      if (!at || !written.has(at.file)) continue;
      const made = written.get(at.file);
      const found = blamed(made, at);
      (found.length > 0 ? found : setting(made, at)).forEach((mutant) => invalid.add(mutant));
    }
    if (invalid.size === before) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join("\n"));
    console.log(`${invalid.size} mutants do not compile`);
  }
}
