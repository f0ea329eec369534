// Every type a client is given says something: neither `any` nor `unknown` stands in what was generated for us. Only
// the headers that an answer may have beyond those described are unknown, as they are in HTTP.

import { readFileSync } from "node:fs";
import ts from "typescript";

const holes = [];
const isHole = (node) => node.kind === ts.SyntaxKind.AnyKeyword || node.kind === ts.SyntaxKind.UnknownKeyword;
const isOfOtherHeaders = ({ parent }) =>
  ts.isIndexSignatureDeclaration(parent) && parent.parent.parent.name?.getText() === "headers";
for (const name of process.argv.slice(2)) {
  const file = ts.createSourceFile(name, readFileSync(name, "utf8"), ts.ScriptTarget.ES2022, true);
  const visit = (node) => {
    if (isHole(node) && !isOfOtherHeaders(node)) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart());
      holes.push(`${name}:${line + 1}: ${node.parent.getText().slice(0, 100)}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
}
if (holes.length > 0) {
  console.error(holes.join("\n"));
  process.exit(1);
}
