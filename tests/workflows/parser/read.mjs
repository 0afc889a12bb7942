// node read.mjs FOLDER: one JSON object, by workflow file the errors that GitHub's parser has to say.
// A workflow that calls another of the same repository is held against what that one takes.
import { readdir, readFile } from "node:fs/promises";
import { register } from "node:module";
import { basename, join } from "node:path";

register("./json_import.mjs", import.meta.url);
const { NoOperationTraceWriter, convertWorkflowTemplate, parseWorkflow } = await import(
  "@actions/workflow-parser"
);

const folder = process.argv[2];
const file = async (name) => ({ name, content: await readFile(join(folder, name), "utf8") });
const called = { getFileContent: ({ path }) => file(basename(path)) };

async function errors(name) {
  const { context, value } = parseWorkflow(await file(name), new NoOperationTraceWriter());
  if (value) await convertWorkflowTemplate(context, value, called, { fetchReusableWorkflowDepth: 1 });
  return context.errors.getErrors().map((each) => each.message);
}

const said = {};
for (const name of (await readdir(folder)).sort()) said[name] = await errors(name);
console.log(JSON.stringify(said));
