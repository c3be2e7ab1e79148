// Words that do not belong: product names that decide in the worker, and the workplace of whoever wrote a file.
import { type Finding, isSyntax, lineAt, type Rule, type Source, type Syntax, walk, wordOf } from "./house.ts";

const providers =
  "auth0 okta entra microsoft microsoftonline azure google github keycloak cognito workos authkit clerk stytch descope logto zitadel sqlos";
const clients =
  "claude anthropic chatgpt openai vscode copilot codex gemini goose zed windsurf cline librechat jetbrains";
const products = new Set(`${providers} ${clients}`.split(" "));

/** `cursor` is also what a page of a list ends with, so it counts only where a value is compared with it. */
const alsoAWord = new Set(["cursor"]);

/** A provider's or client's difference is a row of data: no condition in the worker asks for a product by name. */
export const noProductDecides: Rule = (house) =>
  house.flatMap((source): Finding[] => {
    if (!source.tree || !source.path.startsWith("src/worker/")) return [];
    return [...walk(source.tree)].flatMap(([node]) =>
      conditionsOf(node).flatMap((condition) => namedIn(source, condition)),
    );
  });

function conditionsOf(node: Syntax): Syntax[] {
  const deciding = /^(?:If|While|DoWhile|For)Statement$|^ConditionalExpression$|^SwitchCase$/;
  const condition = node.type === "SwitchStatement" ? node.discriminant : deciding.test(node.type) ? node.test : null;
  return isSyntax(condition) ? [condition] : [];
}

function namedIn(source: Source, condition: Syntax): Finding[] {
  return [...walk(condition)].flatMap(([node, [parent]]) => {
    const named = runsOf(literalOf(node)).find((run) => products.has(run)) ?? comparedWith(node, parent);
    if (!named) return [];
    const fix = `a condition names ${named}: make the difference a field of the preset or of the client's own metadata`;
    return [{ path: source.path, line: lineAt(source.text, node.start), rule: "no product decides", fix }];
  });
}

function comparedWith(node: Syntax, parent: Syntax | undefined): string | undefined {
  const compared = parent === undefined || parent.type === "BinaryExpression";
  const tested =
    parent?.type === "CallExpression" &&
    isSyntax(parent.callee) &&
    /^(?:includes|startsWith)$/.test(wordOf(parent.callee.property));
  return node.type === "Literal" && (compared || tested) && alsoAWord.has(wordOf(node).toLowerCase())
    ? wordOf(node)
    : undefined;
}

function literalOf(node: Syntax): string {
  if (typeof node.regex === "object" && node.regex !== null && "pattern" in node.regex)
    return String(node.regex.pattern);
  if (node.type === "TemplateElement") return JSON.stringify(node.value);
  return wordOf(node);
}

/** Every run of neighbouring words, joined and lower-cased: `isGitHub` gives is, git, hub, isgit, github, isgithub. */
function runsOf(text: string): string[] {
  const words = (text.match(/[A-Z]?[a-z]+\d*|[A-Z]+(?![a-z])\d*|\d+/g) ?? []).map((word) => word.toLowerCase());
  return words.flatMap((_, from) =>
    words.slice(from, from + 3).map((_, more) => words.slice(from, from + more + 1).join("")),
  );
}

/** A clone works on any machine: nothing names a folder of one, and the lock file leaves the registry to npm. */
const workplaces: { in: RegExp; named: RegExp; fix: string }[] = [
  {
    in: /^/,
    named: /(?<![\w.])\/(?:work|root|home|Users)\/[\w.-]*/g,
    fix: "is a folder of one machine: use a path relative to the repository",
  },
  {
    in: /^package-lock\.json$/,
    named: /"resolved": "https?:\/\/(?!registry\.npmjs\.org\/)[^"]*/g,
    fix: "ties installing to one registry: install with npm's omit-lockfile-registry-resolved",
  },
  {
    in: /^\.npmrc$/,
    named: /\bregistry *= *\S+/g,
    fix: "ties installing to one registry: leave it to each machine's own npm settings",
  },
];

export const noWorkplaceIsNamed: Rule = (house) =>
  house.flatMap(({ path, text }) =>
    workplaces
      .filter((workplace) => workplace.in.test(path))
      .flatMap(({ named, fix }) =>
        Array.from(text.matchAll(named), (found) => ({
          path,
          line: lineAt(text, found.index),
          rule: "no workplace",
          fix: `${found[0]} ${fix}`,
        })),
      ),
  );
