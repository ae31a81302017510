// The markdown page from what was counted. No figure is written by hand. Called by main.mjs.
import os from 'node:os';

import { add, kNothing } from './measure.mjs';
import { versionOf } from './peers.mjs';
import { heardOf, kSteps } from './session.mjs';

const number = (value) => Math.round(value).toLocaleString('en-US');
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const row = (cells) => `| ${cells.join(' | ')} |`;
const table = (head, rows) => [row(head), `|${head.map((_, i) => (i === 0 ? '---|' : '---:|')).join('')}`, ...rows.map(row)].join('\n');

/** The median of the runs; how far they lie apart, if they do. */
function figure(runs, of) {
  const values = runs.map(of);
  const apart = Math.max(...values) - Math.min(...values);
  return apart === 0 ? number(values[0]) : `${number(median(values))} (${number(Math.min(...values))}–${number(Math.max(...values))})`;
}

const total = (run, part) => [...run.steps.values()].reduce((sum, step) => add(sum, step[part]), kNothing);
const sessionTokens = (run) => total(run, 'said').tokens + total(run, 'heard').tokens;
const introductionTokens = ({ shown, instructions }) => shown.tokens + instructions.tokens;

function introductionTable(found) {
  const line = (name, { tools, list, shown, instructions }) => [
    name, tools, number(list.bytes), number(list.tokens), number(shown.tokens), instructions.bytes === 0 ? '–' : `${number(instructions.bytes)} / ${number(instructions.tokens)}`,
    number(introductionTokens({ shown, instructions }))];
  return table(
    ['', 'tools', 'whole list, bytes', 'tokens', 'what a model gets of it, tokens', 'instructions, bytes / tokens', 'before the first call, tokens'],
    found.flatMap(({ peer, runs, sets }) => [
      line(peer.sets ? `${peer.name}, as configured here` : peer.name, runs[0].introduction),
      ...sets.map(([name, introduction]) => line(`${peer.name}, \`${name}\``, introduction)),
    ]),
  );
}

function sessionTable(found) {
  const steps = kSteps.map((name) => [
    `${name}${name === 'update' ? ' × 5' : ''}`,
    ...found.map(({ runs }) => figure(runs, (run) => run.steps.get(name).said.tokens + run.steps.get(name).heard.tokens)),
  ]);
  const line = (title, of) => [title, ...found.map(({ runs }) => figure(runs, of))];
  return table(['tokens', ...found.map(({ peer }) => peer.name)], [
    ...steps,
    line('**the session**', sessionTokens),
    line('of it written by the model', (run) => total(run, 'said').tokens),
    line('of it answers', (run) => total(run, 'heard').tokens),
    line('calls', (run) => run.calls.length),
    line('answers, bytes', (run) => total(run, 'heard').bytes),
    line('**with what comes before the first call**', (run) => sessionTokens(run) + introductionTokens(run.introduction)),
  ]);
}

function callsTable(found) {
  const tools = (run, name) => {
    const counts = new Map();
    for (const { tool } of run.steps.get(name).calls) counts.set(tool, (counts.get(tool) ?? 0) + 1);
    return [...counts].map(([tool, count]) => `\`${tool}\`${count > 1 ? ` × ${count}` : ''}`).join(', ') || 'no call';
  };
  return table(['step', ...found.map(({ peer }) => peer.name)], kSteps.map((name) => [name, ...found.map(({ runs }) => tools(runs[0], name))])).replaceAll('---:', '---');
}

/** Where an answer has two faces: what each costs, in tokens. */
function facesOf(found) {
  const faces = found.filter(({ runs }) => runs[0].calls.some((call) => call.structured));
  return table(['answers of the session, tokens', 'text', 'structured', 'the dearer of each, which is counted'], faces.map(({ peer, runs }) => [
    peer.name,
    ...[(call) => call.face, (call) => call.structured ?? call.face, heardOf].map((face) => figure(runs, (run) => run.calls.reduce((sum, call) => sum + face(call).tokens, 0))),
  ]));
}

function machineTable(found) {
  const oneDecimal = (value) => (value < 10 ? value.toFixed(1) : number(value));
  return table(['', 'start → answer to initialize, ms', 'a call, ms', 'the slowest call, ms', 'process of an agent, MB'], found.map(({ peer, runs }) => {
    const calls = runs.flatMap((run) => run.calls.map((call) => call.ms));
    const server = runs[0].server === undefined ? '' : `, and ${oneDecimal(median(runs.map((run) => run.server)))} for the server of all`;
    return [peer.name, oneDecimal(median(runs.flatMap((run) => run.starts))), oneDecimal(median(calls)), oneDecimal(Math.max(...calls)),
      oneDecimal(median(runs.map((run) => run.memory))) + server];
  }));
}

function configurations(found) {
  return found.map(({ peer, version, runs }) => [
    `- **${peer.name} ${version}**${peer.package ? ` (npm \`${peer.package}\`)` : ''}: ${peer.configuration}.`,
    ...peer.lacks.map((each) => `  - ${each}.`),
    ...(runs[0].guide ? [`  - The guide that its instructions send the agent to first: ${number(runs[0].guide.tokens)} tokens, counted nowhere above.`] : []),
  ].join('\n')).join('\n');
}

export function pageOf(found) {
  return `# What it costs an agent's context

Printed by \`bench/context_cost\` (how to run it: [bench/README.md](../bench/README.md)); do not edit. Real servers over stdio, the
official TypeScript SDK ${versionOf('@modelcontextprotocol/sdk')} as the client, no network, no API key. Tokens are those of \`o200k_base\` as npm's
gpt-tokenizer ${versionOf('gpt-tokenizer')} counts them; other models' tokenizers give other figures and much the same proportions. Each session ran ${found[0].runs.length} times; where the counts differ, the
median and (least–most) are given.

## Before the first call

Each conversation pays for this, whether the tools are used or not. A model gets name, description and input schema of each tool;
annotations, titles and output schemas stay with most clients.

${introductionTable(found)}

## A session

On a board of 20 pieces of work: look at what there is and add one (start), claim it, report five times with a sentence worth keeping, come
back in a new process that remembers nothing (resume), give it up with a last word (hand over), and let another agent find, take and read
it (take over). Counted are the tool's name and arguments, which the model writes, and the answer, which it reads: of text and structured
content the dearer one, as clients show one or the other.

${sessionTable(found)}

${facesOf(found)}

## Which call stands for which step

${callsTable(found)}

## Versions, configurations, and what there is no call for

${configurations(found)}

## Time and memory

Medians over the same sessions on ${os.cpus().length} cores, with Node ${process.versions.node}; these differ from machine to machine and run to run. Memory is
proportional (PSS), of the process that a client starts and its children.

${machineTable(found)}`;
}
