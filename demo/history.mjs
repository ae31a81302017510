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
/** What comes in between, and how often. */
const turns = [['straight', 0.55], ['waits', 0.22], ['asks', 0.1], ['pauses', 0.08], ['handsOver', 0.05]];
const kReady = 0.08; // of all streams nobody has begun so many
const kLeft = 0.35; // of the later streams so many are not finished: something stands in their way, or their agent is gone
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
    if (plan.waitsForOpen) waitForOpen(plan, open.slice(0, n), open, random);
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
    title, category, goal, priority: pick(random, priorities), phases: phasesOf(random), branch: id, worktreePath: `/home/dev/worktrees/${id}`, blockers: [],
  };
  return { id, thing, stream, planner: pick(random, people), created, parts: [], commits: [], notes: [], ends: 'open', progress: 0 };
}

/** The stream that `worker` takes next, from the beginning to its end or to the end of the history. */
function work({ n, worker, length, days, told, random, others, isLast }) {
  const from = Math.min(worker.free, 99.5);
  const plan = blank(n, Math.max(0, from - between(random, 0.05, 0.6) * length), random);
  const needed = Math.max(length * between(random, 0.5, 1.4), isLast ? 105 - from : 0); // something moves at the end
  const course = new Course(plan, worker.agent, from);
  const isLeft = !isLast && from > 40 && random() < kLeft;
  const turn = isLast ? 'straight' : isLeft ? pick(random, ['waits', 'asks', 'pauses', 'vanishes']) : drawn(random, turns);
  if (turn !== 'straight') course.add('work', needed * between(random, 0.2, 0.7), turn === 'handsOver' ? { handover: pick(random, handovers) } : {});
  const until = (time) => (isLeft ? Infinity : time * length);
  if (turn === 'waits') {
    const blocker = isLeft ? undefined : findBlocker(told, course.at, length, random);
    if (blocker) course.add('blocked', blocker.end - course.at, { why: `Builds on "${blocker.stream.title}".`, blockers: [blocker.id] });
    else course.add('blocked', until(between(random, 0.1, 0.5)), { why: `Can not go on: ${pick(random, reasons)}.` });
  } else if (turn === 'asks') {
    const question = questionAbout(random, plan.thing);
    const time = until(between(random, 0.05, 0.4));
    const answer = course.at + time < 100 ? question.choices[0] ?? 'As the tests call it' : undefined;
    course.add('blocked', time, { why: `Waits for an answer: ${question.text}`, question: { ...question, answer } });
  } else if (turn === 'pauses') {
    course.add('paused', until(between(random, 0.2, 2)), { note: pick(random, handovers) });
  }
  worker.free = isLeft ? course.worker : Infinity;
  if (!isLeft) {
    if (turn === 'handsOver' || (turn === 'pauses' && random() < 0.5)) course.agent = pick(random, others).agent;
    course.add('work', needed - course.worked);
    worker.free = course.at;
  }
  plan.end = isLeft ? Infinity : course.at;
  plan.waitsForOpen = isLeft && turn === 'waits';
  plan.isLeft = isLeft;

  if (plan.end < 100) {
    plan.archived = plan.end + (kKeptDays / days) * 100 * between(random, 0.8, 1.4);
    plan.ends = plan.archived < 100 ? 'archived' : 'completed';
    plan.summary = `Landed on main: ${plan.stream.title.toLowerCase()}.`;
  }
  const share = plan.end < 100 ? 1 : Math.min(0.95, course.seen / needed);
  plan.progress = Math.round(share * 100);
  const commits = Math.round(share * Math.min(40, Math.max(3, ((days * length) / 100) * between(random, 15, 30))));
  plan.commits = messagesAbout(random, [plan.thing], commits).map((message) => commit(message, random));
  plan.notes = Array.from({ length: Math.floor(random() * 4) }, () => noteAbout(random, plan.thing));
  return plan;
}

/** The parts of a stream, one after another. What lies after the end of the history, at 100, is not told. */
class Course {
  worked = 0; // in all
  seen = 0; // of that, before the end

  constructor(plan, agent, from) {
    this.parts = plan.parts;
    this.agent = agent;
    this.at = from;
    this.worker = from; // until when somebody was at it
  }

  add(kind, length, fields = {}) {
    const from = this.at;
    this.at += Math.max(0, length);
    const to = Math.min(this.at, 100);
    if (kind === 'work') {
      this.worked += this.at - from;
      this.seen += Math.max(0, to - from);
      this.worker = this.at;
    }
    if (to > from) this.parts.push({ kind, from, to, agent: this.agent, ...fields });
  }
}

// For one that was told before it, or for one that moves: nobody waits in a circle.
function waitForOpen(plan, before, open, random) {
  const part = plan.parts.at(-1);
  const since = part.from;
  const candidates = [...before, ...open.filter((other) => !other.isLeft)].filter((other) => other !== plan && other.created < since);
  if (part.kind !== 'blocked' || candidates.length === 0) return;
  const blockers = [...new Set([pick(random, candidates), pick(random, candidates)])].slice(0, random() < 0.3 ? 2 : 1);
  Object.assign(part, { why: `Builds on "${blockers[0].stream.title}", which is not there yet.`, blockers: blockers.map((other) => other.id) });
}

function drawn(random, shares) {
  let rest = random();
  return shares.find(([, share]) => (rest -= share) < 0)?.[0] ?? shares[0][0];
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
