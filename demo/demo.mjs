// A project that lives: makes a repository with five days of history, then lets simulated agents go on from there until
// Ctrl-C. Started by ./run --demo: node demo/demo.mjs <directory of the programs> [--for SECONDS] [--pace FACTOR] [--dir DIR]
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { Agent, Team } from './agents.mjs';
import { between, seeded } from './chance.mjs';
import { streams } from './plot.mjs';
import { makeProject } from './repository.mjs';
import { World } from './world.mjs';

const usage = `Usage: ./run --demo [--for SECONDS] [--pace FACTOR] [--dir DIR]
  --for SECONDS  end by itself
  --pace FACTOR  1: each agent does something every 4 to 12 seconds; 0.5: twice as often
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
const strong = (text) => paint(1, text);
const faint = (text) => paint(2, text);
const tones = { good: 32, bad: 31, ask: 33, note: 0, plain: 2 };
const kLongestName = 28; // of most agents

function tell(name, number, text, tone) {
  const time = new Date().toTimeString().slice(0, 8);
  const width = process.stdout.isTTY ? process.stdout.columns : Infinity;
  const room = Math.max(20, width - 18 - kLongestName);
  const shown = text.length > room ? `${text.slice(0, room - 1)}…` : text;
  console.log(`${faint(time)}  ${number}  ${name.padEnd(kLongestName)}  ${paint(tones[tone], shown)}`);
}

/** Says so when another server has taken over, as after a kill -9. */
function watchServer(world) {
  let known = world.serverPid();
  return setInterval(() => {
    const pid = world.serverPid();
    if (pid === null || pid === known) return;
    console.log(strong(`          server ${known ?? '?'} is gone, ${pid} has taken over; the agents go on`));
    known = pid;
  }, 250);
}

/** Makes project and server; gives what was imported and the address. */
async function open(world) {
  const file = path.join(world.directory, 'history.jsonl');
  const made = await makeProject(world, file, Date.now());
  await world.command('import', file);
  const url = (await world.command('dashboard', '--no-open')).match(/https?:\/\/\S+/)?.[0];
  return { made, url };
}

function introduce(world, { made, url }, tookMs) {
  const relative = path.relative(process.cwd(), world.program);
  const program = relative.startsWith('..') ? world.program : relative;
  console.log(`fieldnote, after five days: ${made.streams} streams, ${made.commits} commits, ${made.events} events ${faint(`(made in ${(tookMs / 1000).toFixed(1)} s)`)}

  ${paint('1;36', url)}

  Six agents go on from there. Watch them, or take part:
    ${strong('0104')}  asks you a question, and 0111 waits for it
    ${strong('0106')}  was abandoned, with uncommitted files; release it when its lease is over, in a minute
    ${strong('0107')}  will conflict with 0104, and 0106 with 0108
    ${strong(`kill -9 ${world.serverPid()}`)}  ends the server under them; no call is lost

  The same at a terminal, for example:
    ${faint(`STREAM_STATUS_HOME=${world.home} ${program} --project ${world.repository} answer auth-rotation 1`)}
  Ctrl-C ends the demo.
`);
}

async function main() {
  const began = performance.now();
  const { bin, seconds, pace, directory } = readArguments();
  const world = new World(bin, directory);
  const random = seeded(Date.now());
  const team = new Team(world, random, tell);

  let end;
  const ending = new Promise((resolve) => { end = resolve; });
  const finish = (why) => { team.isEnding = true; end(why); };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => finish(signal));
  process.stdout.on('error', () => finish('EPIPE')); // whoever read the log has gone

  const ended = await world.claim();
  if (ended) console.log(`The demo with pid ${ended} was still running; it has ended.`);
  const opened = await open(world);
  introduce(world, opened, performance.now() - began);

  const agents = streams.filter((stream) => stream.live).map((stream) => new Agent(team, stream.live, stream));
  const watch = watchServer(world);
  const pause = (slowness) => {
    let timer;
    const waited = new Promise((resolve) => { timer = setTimeout(resolve, between(random, 4, 12) * 1000 * slowness * pace); });
    return Promise.race([waited, ending]).finally(() => clearTimeout(timer));
  };
  const lives = agents.map(async (agent) => {
    await agent.arrive();
    for (let slowness = 1; !team.isEnding; slowness = agent.slowness) {
      if (!agent.isWaiting) await pause(slowness);
      if (!team.isEnding) await agent.turn();
    }
    await agent.stop();
  });
  if (seconds !== Infinity) setTimeout(() => finish('time'), seconds * 1000).unref();
  await ending;
  await Promise.all(agents.map((agent) => agent.interrupt()));
  await Promise.all(lives);
  clearInterval(watch);

  // What was acknowledged must be there: the demo counts, and the server does.
  const { totalCommits } = JSON.parse(await world.command('stats', '--json')).data;
  const { calls, commits, errors } = team.acknowledged;
  await world.stopServer();
  world.release();
  console.log(`
  ${calls} calls, ${commits} commits, ${errors} errors; the server has ${totalCommits} commits, ${opened.made.commits} of them from before.
  The agents and the server have ended. The files are in ${directory}; rm -r it when you like.`);
  if (errors > 0 || totalCommits < opened.made.commits + commits) process.exitCode = 1;
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
