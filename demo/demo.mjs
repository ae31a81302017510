// A board that lives: makes a repository with worktrees and streams, then lets five simulated agents work on it until
// Ctrl-C. Started by ./run --demo: node demo/demo.mjs <directory of the programs> [--for SECONDS] [--pace FACTOR] [--dir DIR]
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { Agent, Team } from './agents.mjs';
import { streams } from './plot.mjs';
import { makeRepository, makeStreams } from './project.mjs';
import { World } from './world.mjs';

const usage = `Usage: ./run --demo [--for SECONDS] [--pace FACTOR] [--dir DIR]
  --for SECONDS  end by itself
  --pace FACTOR  1: an agent does something every 1 to 4 seconds; 0.5: twice as often
  --dir DIR      where everything is made (default: ${defaultDirectory()})`;

function defaultDirectory() {
  return path.join(os.tmpdir(), `stream-status-demo-${process.getuid()}`);
}

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { for: { type: 'string' }, pace: { type: 'string', default: '1' }, dir: { type: 'string' } },
  });
  const seconds = values.for === undefined ? Infinity : Number(String(values.for).replace(/s$/, ''));
  const pace = Number(values.pace);
  if (positionals.length !== 1) throw new Error('give the directory of the programs');
  if (!(seconds > 0)) throw new Error(`--for ${values.for}: give a number of seconds`);
  if (!(pace >= 0)) throw new Error(`--pace ${values.pace}: give a number, 0 or more`);
  return { bin: path.resolve(positionals[0]), seconds, pace, directory: path.resolve(values.dir ?? defaultDirectory()) };
}

const hasColour = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code, text) => (hasColour ? `\x1b[${code}m${text}\x1b[0m` : text);
const tones = { good: 32, bad: 31, commit: 0, plain: 2 };
const hues = [36, 35, 33, 34, 32];
const hueOf = new Map();

function tell(name, number, text, tone) {
  const worktree = name.slice(name.indexOf('@'));
  if (!hueOf.has(worktree)) hueOf.set(worktree, hues[hueOf.size % hues.length]);
  const time = new Date().toTimeString().slice(0, 8);
  console.log(`${paint(2, time)}  ${paint(hueOf.get(worktree), name.padEnd(28))} ${number}  ${paint(tones[tone], text)}`);
}

// The same story each time, as far as five processes allow.
function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Says so when another server has taken over, as after a kill -9. */
function watchServer(world) {
  let known = world.serverPid();
  return setInterval(() => {
    const pid = world.serverPid();
    if (pid === null || pid === known) return;
    console.log(paint(1, `          server ${known ?? '?'} is gone, ${pid} took over; the agents go on`));
    known = pid;
  }, 250);
}

async function main() {
  const { bin, seconds, pace, directory } = readArguments();
  const world = new World(bin, directory);
  const random = seeded(11);
  const team = new Team(world, random, tell);

  let end;
  const ending = new Promise((resolve) => { end = resolve; });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => { team.isEnding = true; end(signal); });
  process.stdout.on('error', () => end('EPIPE')); // whoever read the log has gone

  const ended = await world.claim();
  if (ended) console.log(`The demo with pid ${ended} was still running; it has ended.`);
  console.log(`Making the repository fieldnote in ${directory}`);
  const now = Date.now();
  await makeRepository(world, now);
  console.log(`Putting ${streams.length} streams on its board`);
  await makeStreams(world, now);
  const url = (await world.command('dashboard', '--no-open')).match(/https?:\/\/\S+/)?.[0];
  const pid = world.serverPid();
  console.log(`
  ${paint(1, 'fieldnote')}  ${paint('1;36', url)}
  Five agents are at work. Watch the board, or end the server under them: ${paint(1, `kill -9 ${pid}`)}
  Ctrl-C ends the demo.
`);

  const agents = streams.filter((stream) => stream.agent).map((stream) => new Agent(team, stream.agent, stream));
  const watch = watchServer(world);
  const pause = () => {
    let timer;
    const waited = new Promise((resolve) => { timer = setTimeout(resolve, (1 + random() * 3) * 1000 * pace); });
    return Promise.race([waited, ending]).finally(() => clearTimeout(timer));
  };
  const lives = agents.map(async (agent) => {
    for (await pause(); !team.isEnding; await pause()) await agent.turn();
    await agent.stop();
  });
  if (seconds !== Infinity) setTimeout(() => { team.isEnding = true; end('time'); }, seconds * 1000).unref();
  await ending;
  team.isEnding = true;
  await Promise.all(lives);
  clearInterval(watch);

  // What was acknowledged must be there: the demo counts, and the server does.
  const seededCommits = streams.reduce((sum, stream) => sum + (stream.made ?? stream.commits.length), 0);
  const { totalCommits } = JSON.parse(await world.command('stats', '--json')).data;
  const { calls, commits, errors } = team.acknowledged;
  await world.stopServer();
  world.release();
  console.log(`
  ${calls} calls, ${commits} commits, ${errors} errors; the server has ${totalCommits} commits, ${seededCommits} of them from before.
  The agents and the server have ended. The files are in ${directory}; rm -r it when you like.`);
  if (errors > 0 || totalCommits < seededCommits + commits) process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  console.error(`demo: ${error.message}`);
  if (error.code?.startsWith('ERR_PARSE_ARGS') || /^(give|--)/.test(error.message)) {
    console.error(usage);
    process.exitCode = 2;
  } else {
    process.exitCode = 1;
  }
}
