// One server's session in a scratch repository, counted. The place has the same path each time: paths are in the answers.
// Called by main.mjs.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { add, CountingClient, kNothing, proportional } from './measure.mjs';

export const kSteps = ['start', 'claim', 'update', 'resume', 'hand over', 'take over'];

const kScratch = path.join(os.tmpdir(), 'stream-status-context-cost');

/** A repository with one commit and a worktree, and an environment without the user's own settings and keys. */
class Place {
  constructor(key) {
    this.directory = path.join(kScratch, key);
    this.repository = this.at('harbour');
    this.env = {
      PATH: process.env.PATH, HOME: this.at('person'), LC_ALL: 'C.UTF-8', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null',
      GIT_AUTHOR_NAME: 'mira', GIT_AUTHOR_EMAIL: 'mira@harbour.example', GIT_COMMITTER_NAME: 'mira', GIT_COMMITTER_EMAIL: 'mira@harbour.example',
    };
    fs.mkdirSync(this.repository, { recursive: true });
    fs.mkdirSync(this.env.HOME);
    const git = (...words) => execFileSync('git', words, { cwd: this.repository, env: this.env, stdio: 'ignore' });
    git('init', '--quiet', '--initial-branch=main');
    fs.writeFileSync(path.join(this.repository, 'README.md'), '# Harbour\n');
    git('add', '.');
    git('commit', '--quiet', '-m', 'Begin');
    git('worktree', 'add', '--quiet', '-b', 'tokens', this.worktree('tokens'));
  }

  at(name) {
    return path.join(this.directory, name);
  }

  worktree(name) {
    return this.at(`worktrees/${name}`);
  }

  remove() {
    fs.rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Only one run at a time: both would use the same paths. */
export async function withScratch(body) {
  try {
    fs.mkdirSync(kScratch);
  } catch (error) {
    throw new Error(`${kScratch} is there: another run uses it, or one broke off; remove it`, { cause: error });
  }
  try {
    return await body();
  } finally {
    fs.rmSync(kScratch, { recursive: true, force: true });
  }
}

/** What one session of this server costs: sizes by step, the introduction, times and memory. */
export async function sessionOf(peer) {
  const place = new Place(peer.key);
  const opened = new Set();
  const open = async (name, launch = {}) => {
    const client = await CountingClient.start({ name, ...peer.launch(place), ...launch });
    opened.add(client);
    return client;
  };
  try {
    await peer.prepare(place, open);
    const first = await open('ada');
    const introduction = await first.introduction();
    const guide = peer.guide ? await first.resource(peer.guide) : undefined;
    const calls = [];
    const starts = [];
    let current = first;
    await first.close();
    opened.delete(first);
    const fresh = async (name) => {
      if (opened.has(current)) await current.close();
      opened.delete(current);
      current = await open(name);
      starts.push(current.startMs);
      return current;
    };
    const step = async (name, client, tool, args) => {
      const call = await client.call(tool, args);
      calls.push({ step: name, args, ...call });
      return call;
    };
    await peer.run({ step, fresh, place });
    const memory = current.memory();
    const server = peer.serverPid ? proportional([peer.serverPid(place)]) : undefined;
    return { introduction, guide, calls, starts, memory, server, steps: stepsOf(calls) };
  } finally {
    await Promise.all([...opened].map((client) => client.close().catch(() => {})));
    peer.finish?.(place);
    place.remove();
  }
}

/** The list of tools of a server's other sets: [name, introduction]. */
export async function otherSets(peer) {
  const found = [];
  for (const name of peer.sets ?? []) {
    const place = new Place(`${peer.key}-${name}`);
    const client = await CountingClient.start({ name: 'ada', ...peer.launch(place, name) });
    found.push([name, await client.introduction()]);
    await client.close();
    place.remove();
  }
  return found;
}

/** Clients show their model one face of an answer; the dearer one counts. */
export const heardOf = (call) => (call.structured && call.structured.tokens > call.face.tokens ? call.structured : call.face);

function stepsOf(calls) {
  return new Map(kSteps.map((name) => {
    const mine = calls.filter((call) => call.step === name);
    return [name, {
      calls: mine,
      said: mine.reduce((sum, call) => add(sum, call.said), kNothing),
      heard: mine.reduce((sum, call) => add(sum, heardOf(call)), kNothing),
    }];
  }));
}
