// Makes believable histories of any size, for demos, tests and measurements: streams that were planned, claimed, worked on,
// held up, asked about, handed over, completed and archived by agents over some days, with quiet nights. Comes out as the
// file that `stream-status import` reads into a project without streams. No git: commits have made-up hashes.
//   node demo/history.mjs --streams 50 --days 5 --seed 1 > export.jsonl
import fs from 'node:fs';
import { parseArgs } from 'node:util';

import { between, pick, seeded } from './chance.mjs';
import { EventLog } from './log.mjs';
import { tell, WorkClock } from './story.mjs';
import { handovers, idOf, messagesAbout, noteAbout, phasesOf, questionAbout, reasons, subject } from './words.mjs';

const usage = `Usage: node demo/history.mjs [--streams N] [--days N] [--agents N] [--seed N] [--now TIME] [--project NAME] > FILE
  --streams N     1 to 10000 (50)
  --days N        how far it goes back (5)
  --agents N      how many work at a time (as many as suits the streams)
  --seed N        another number, another story (1)
  --now TIME      when the history ends: RFC 3339 (now)
  --project NAME  in the header of the file (fieldnote)`;

const clients = ['claude-code', 'codex', 'cursor', 'gemini-cli', 'windsurf', 'copilot'];
const desks = ['oslo', 'lima', 'kyoto', 'turin', 'quito', 'porto', 'delhi', 'accra', 'leeds', 'malmo', 'basel', 'hanoi'];
const people = ['mira', 'jonas', 'ada'];
const priorities = ['critical', 'high', 'high', 'medium', 'medium', 'medium', 'low'];
const kReady = 0.08; // of all streams nobody has begun so many
const kLeft = 0.25; // of the later streams so many are not finished: something stands in their way, or their agent is gone
const kKeptDays = 1; // completed streams are archived after so long

/** The history as an EventLog. `now` in ms; the same options give the same history in the same time zone. */
export function makeHistory({ streams = 50, days = 5, now = Date.now(), seed = 1, agents = defaultAgents(streams) } = {}) {
  const random = seeded(seed);
  const clock = new WorkClock(now, days);
  const log = new EventLog();
  for (const plan of plans({ streams, days, agents, random })) log.add(...tell(plan, clock, random));
  return log;
}

/** Writes the history to a file; gives {revision, events, streams, commits}. */
export function writeHistory(file, options = {}) {
  const now = options.now ?? Date.now();
  return makeHistory({ ...options, now }).write(file, { project: options.project, now });
}

const defaultAgents = (streams) => Math.max(1, Math.round(Math.sqrt(streams) * 0.9));

/** Who does what when: whoever is free first takes the next stream. */
function plans({ streams, days, agents, random }) {
  const waiting = streams < 4 ? 0 : Math.max(1, Math.round(streams * kReady));
  const taken = streams - waiting;
  const desk = Array.from({ length: agents }, (_, n) => ({
    agent: `${clients[n % clients.length]}@${desks[n % desks.length]}${n < desks.length ? '' : `-${Math.floor(n / desks.length) + 1}`}`,
    free: between(random, 0, 3),
  }));
  const length = (100 * agents) / taken; // so that the last ones are in the middle of their work at the end
  const told = [];
  for (let n = 0; n < taken; n++) {
    const worker = desk.reduce((first, other) => (other.free < first.free ? other : first));
    told.push(work({ n, worker, length, days, told, random, others: desk, isLast: n === taken - 1 }));
  }
  const open = told.filter((plan) => plan.ends === 'open');
  for (const [n, plan] of open.entries()) {
    if (plan.leaves === 'waits') waitForOpen(plan, open.slice(0, n), open, random);
  }
  for (let n = taken; n < streams; n++) {
    const plan = blank(n, between(random, 60, 99), random);
    const earlier = open.filter((other) => other.created < plan.created);
    if (earlier.length > 0 && random() < 0.4) plan.stream.blockers = [pick(random, earlier).id];
    told.push(plan);
  }
  return told.sort((a, b) => a.created - b.created).map((plan, n) => number(plan, n));
}

const number = (plan, n) => {
  plan.stream.streamNumber = n < 9999 ? String(n + 101).padStart(4, '0') : String(n + 101);
  return plan;
};

function blank(n, created, random) {
  const { title, thing, category, goal } = subject(n);
  const id = idOf(title);
  const stream = {
    title, category, goal, priority: pick(random, priorities), phases: phasesOf(random), branch: id, worktreePath: `/work/worktrees/${id}`, blockers: [],
  };
  return { id, thing, stream, planner: pick(random, people), created, parts: [], commits: [], notes: [], ends: 'open', progress: 0 };
}

function work({ n, worker, length, days, told, random, others, isLast }) {
  const from = Math.min(worker.free, 99.5);
  const plan = blank(n, Math.max(0, from - between(random, 0.05, 0.6) * length), random);
  let agent = worker.agent;
  const planned = Math.max(from + length * between(random, 0.5, 1.4), isLast ? 105 : 0); // something moves at the end
  let at = from;
  let end = planned;
  const part = (kind, to, fields = {}) => {
    const until = Math.min(to, 100);
    if (until > at) plan.parts.push({ kind, from: at, to: until, agent, ...fields });
    at = Math.max(at, until);
  };
  const interruption = isLast ? 1 : random();
  const leaves = !isLast && from > 50 && random() < kLeft ? pick(random, ['waits', 'asks', 'paused', 'abandoned']) : null;
  if (leaves) {
    part('work', Math.min(99, from + (planned - from) * between(random, 0.2, 0.8)));
    plan.leaves = leaves;
    if (leaves === 'paused') part('paused', 100, { note: pick(random, handovers) });
    if (leaves === 'waits') part('blocked', 100, {});
    if (leaves === 'asks') {
      const question = questionAbout(random, plan.thing);
      part('blocked', 100, { why: `Waits for an answer: ${question.text}`, question });
    }
    end = Infinity;
  } else if (interruption < 0.32) {
    part('work', from + (planned - from) * between(random, 0.2, 0.7));
    const before = at;
    const blocker = interruption < 0.16 ? findBlocker(told, at, length, random) : undefined;
    if (at >= 100) { /* it ends before it is held up */ }
    else if (blocker) part('blocked', blocker.end, { why: `Builds on "${blocker.stream.title}".`, blockers: [blocker.id] });
    else if (interruption < 0.24) part('blocked', at + length * between(random, 0.1, 0.5), { why: `Can not go on: ${pick(random, reasons)}.` });
    else {
      const question = questionAbout(random, plan.thing);
      const to = at + length * between(random, 0.05, 0.4);
      const answer = to < 100 ? question.choices[0] ?? 'As the tests call it' : undefined;
      part('blocked', to, { why: `Waits for an answer: ${question.text}`, question: { ...question, answer } });
    }
    end += at - before;
  } else if (interruption < 0.4) {
    part('work', from + (planned - from) * between(random, 0.2, 0.7));
    const before = at;
    part('paused', at + length * between(random, 0.2, 2), { note: pick(random, handovers) });
    if (random() < 0.5) agent = pick(random, others).agent; // another takes it up
    end += at - before;
  } else if (interruption < 0.45) {
    part('work', from + (planned - from) * between(random, 0.3, 0.6), { handover: pick(random, handovers) });
    agent = pick(random, others).agent;
  }
  if (!leaves) part('work', end);
  worker.free = leaves ? plan.parts.reduce((to, { kind, to: until }) => (kind === 'work' ? until : to), from) : end;
  plan.end = end;

  const last = plan.parts.at(-1);
  const worked = plan.parts.filter(({ kind }) => kind === 'work').reduce((sum, { from: a, to }) => sum + to - a, 0);
  const isDone = end < 100 && last?.kind === 'work';
  if (isDone) {
    plan.archived = end + (kKeptDays / days) * 100 * between(random, 0.8, 1.4);
    plan.ends = plan.archived < 100 ? 'archived' : 'completed';
    plan.summary = `Landed on main: ${plan.stream.title.toLowerCase()}.`;
  }
  plan.progress = isDone ? 100 : Math.min(95, Math.round((worked / Math.max(planned - from, worked)) * 100));
  const share = isDone ? 1 : plan.progress / 100;
  const commits = Math.round(share * Math.min(40, Math.max(3, (days * length) / 100 * between(random, 15, 30))));
  plan.commits = messagesAbout(random, [plan.thing], worked > 0 ? commits : 0).map((message) => commit(message, random));
  plan.notes = Array.from({ length: Math.floor(random() * 4) }, () => noteAbout(random, plan.thing));
  return plan;
}

// For one that was told before it, or for one that moves: nobody waits in a circle.
function waitForOpen(plan, before, open, random) {
  const part = plan.parts.at(-1);
  const since = part.from;
  const candidates = [...before, ...open.filter((other) => !other.leaves)].filter((other) => other !== plan && other.created < since);
  if (candidates.length === 0) return Object.assign(part, { why: `Can not go on: ${pick(random, reasons)}.` });
  const blockers = [...new Set([pick(random, candidates), pick(random, candidates)])].slice(0, random() < 0.3 ? 2 : 1);
  Object.assign(part, { why: `Builds on "${blockers[0].stream.title}", which is not there yet.`, blockers: blockers.map((other) => other.id) });
}

// A younger stream waits for an older one only: nobody waits in a circle.
function findBlocker(told, at, length, random) {
  const open = told.slice(-400).filter((other) => other.end > at + length * 0.05 && other.end < at + length * 0.8);
  return open.length > 0 ? pick(random, open) : undefined;
}

function commit(message, random) {
  const insertions = Math.ceil(random() ** 3 * 300);
  const hash = Array.from({ length: 5 }, () => Math.floor(random() * 2 ** 32).toString(16).padStart(8, '0')).join('');
  return { hash, message, filesChanged: 1 + Math.floor(random() ** 2 * 6), insertions, deletions: Math.floor(insertions * random() * 0.6) };
}

function readArguments() {
  const text = { type: 'string' };
  const { values } = parseArgs({
    options: { streams: text, days: text, agents: text, seed: text, now: text, project: text, help: { type: 'boolean', short: 'h' } },
  });
  const whole = (name, most) => {
    if (values[name] === undefined) return {};
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < 1 || value > most) throw new Error(`--${name} ${values[name]}: give a whole number from 1 to ${most}`);
    return { [name]: value };
  };
  const now = values.now === undefined ? {} : { now: Date.parse(values.now) };
  if (Number.isNaN(now.now)) throw new Error(`--now ${values.now}: give a time such as 2026-11-22T14:00:00Z`);
  return {
    isHelp: values.help ?? false,
    options: {
      ...whole('streams', 10_000), ...whole('days', 365), ...whole('agents', 1000), ...whole('seed', 2 ** 31), ...now,
      ...(values.project === undefined ? {} : { project: values.project }),
    },
  };
}

function main() {
  try {
    const { isHelp, options } = readArguments();
    if (isHelp) return console.log(usage);
    writeHistory(process.stdout.fd, options);
  } catch (error) {
    console.error(`history: ${error.message}`);
    process.exitCode = 1;
    if (/^--|^Unknown option/.test(error.message) || error.code?.startsWith('ERR_PARSE_ARGS')) {
      console.error(usage);
      process.exitCode = 2;
    }
  }
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fs.realpathSync(new URL(import.meta.url).pathname)) main();
