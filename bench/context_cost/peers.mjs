// The servers that are compared: how each is started at its leanest, and which of its calls stand for the session's steps.
// What a server has no call for is said in `lacks`, not imitated. Called by session.mjs.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

import { kBoard, kFarewell, kGoal, kReports, kWork } from './scene.mjs';

const kRoot = path.resolve(import.meta.dirname, '../..');
const kPrograms = path.resolve(process.env.STREAM_STATUS_BIN ?? path.join(kRoot, 'build/release'));
const bin = (name) => path.join(import.meta.dirname, 'node_modules/.bin', name);

const streamStatus = {
  key: 'stream-status',
  name: 'stream-status',
  package: null,
  configuration: 'as installed; agents work in a worktree of the repository',
  lacks: [],
  version: () => execFileSync(path.join(kPrograms, 'stream-status'), ['version'], { encoding: 'utf8' }).match(/\d+\.\d+\.\d+/)[0],
  launch: (place) => ({
    command: path.join(kPrograms, 'stream-status'), args: ['mcp'], cwd: place.worktree('tokens'),
    env: { ...place.env, STREAM_STATUS_HOME: place.at('state') },
  }),
  async prepare(place, open) {
    const person = await open('person', { cwd: place.repository });
    for (const title of kBoard) await person.call('add_stream', { title });
    await person.close();
  },
  async run({ step, fresh }) {
    const ada = await fresh('ada');
    await step('start', ada, 'list_streams', {});
    await step('start', ada, 'add_stream', { title: kWork.title, streamId: 'tokens', priority: 'high', goal: kGoal });
    await step('claim', ada, 'claim_stream', { streamId: 'tokens' });
    for (const [progress, note] of kReports) await step('update', ada, 'update_stream', { streamId: 'tokens', progress, note });
    const again = await fresh('ada');
    await step('resume', again, 'get_stream', {});
    await step('hand over', again, 'claim_stream', { streamId: 'tokens', action: 'release', note: kFarewell });
    const bob = await fresh('bob');
    await step('take over', bob, 'claim_stream', {});
    await step('take over', bob, 'get_stream', {});
  },
  /** The agents' processes are thin: the server is one for all of them. */
  serverPid: (place) => {
    const [project] = fs.readdirSync(place.at('state/projects')).filter((name) => !name.startsWith('.'));
    return JSON.parse(fs.readFileSync(place.at(`state/projects/${project}/.api-server.lock`), 'utf8')).pid;
  },
  finish(place) {
    const options = { cwd: place.repository, env: { ...place.env, STREAM_STATUS_HOME: place.at('state') }, stdio: 'ignore' };
    execFileSync(path.join(kPrograms, 'stream-status'), ['stop'], options);
  },
};

const backlog = {
  key: 'backlog',
  name: 'Backlog.md',
  package: 'backlog.md',
  configuration: '`backlog init --defaults --integration-mode mcp`, without remote operations. It has no smaller tool set',
  lacks: [
    'Taking is an edit of `assignee`: of two who take at once, the later one has it and the earlier one is not told',
    'Its instructions ask for a resource to be read at the start of each session; the session does without, its cost follows',
  ],
  launch: (place) => ({ command: bin('backlog'), args: ['mcp', 'start'], cwd: place.repository, env: place.env }),
  async prepare(place, open) {
    const options = { cwd: place.repository, env: place.env, stdio: 'ignore' };
    execFileSync(bin('backlog'), ['init', 'harbour', '--defaults', '--integration-mode', 'mcp'], options);
    execFileSync(bin('backlog'), ['config', 'set', 'remoteOperations', 'false'], options);
    const person = await open('person');
    for (const title of kBoard) await person.call('task_create', { title });
    await person.close();
  },
  guide: 'backlog://workflow/overview',
  async run({ step, fresh }) {
    const ada = await fresh('ada');
    await step('start', ada, 'task_list', {});
    const made = await step('start', ada, 'task_create', { title: kWork.title, description: kGoal, priority: 'High' });
    const id = /\b(?:TASK|task)-\d+\b/.exec(made.text)[0];
    await step('claim', ada, 'task_edit', { id, status: 'In Progress', assignee: ['ada'] });
    for (const [progress, note] of kReports) await step('update', ada, 'task_edit', { id, notesAppend: [`${progress}%: ${note}`] });
    const again = await fresh('ada');
    await step('resume', again, 'task_list', { status: 'In Progress', assignee: 'ada' });
    await step('resume', again, 'task_view', { id });
    await step('hand over', again, 'task_edit', { id, status: 'To Do', assignee: [], notesAppend: [kFarewell] });
    const bob = await fresh('bob');
    await step('take over', bob, 'task_list', { ready: true, unassigned: true, limit: 1 });
    await step('take over', bob, 'task_edit', { id, status: 'In Progress', assignee: ['bob'] });
  },
};

const kTaskMasterTools = 'get_tasks,get_task,next_task,set_task_status,add_task,add_subtask,update_subtask';
const taskMaster = {
  key: 'task-master',
  name: 'task-master-ai',
  package: 'task-master-ai',
  configuration: `\`TASK_MASTER_TOOLS=${kTaskMasterTools}\`: only what the session needs, and \`update_subtask\`, which a note would need. `
    + 'Its sets `core` and `all` are in the first table only',
  lacks: [
    '`update_subtask`, meant for notes, needs an API key of a model: each report is an `add_subtask` with status `done`, which does not; '
      + 'the note of the hand-over needs the key and is left out',
    'No owner of a task: claiming is `set_task_status`, and anybody may do so again',
  ],
  launch: (place, tools = kTaskMasterTools) => ({
    command: bin('task-master-ai'), args: [], cwd: place.repository,
    env: { ...place.env, TASK_MASTER_TOOLS: tools, TASK_MASTER_PROJECT_ROOT: place.repository },
  }),
  sets: ['core', 'all'],
  async prepare(place, open) {
    const person = await open('person', taskMaster.launch(place, 'all'));
    const projectRoot = place.repository;
    await person.call('initialize_project', { projectRoot, skipInstall: true, addAliases: false, initGit: false, yes: true });
    for (const title of kBoard) await person.call('add_task', { projectRoot, title, description: title });
    await person.close();
  },
  async run({ step, fresh, place }) {
    const projectRoot = place.repository;
    const ada = await fresh('ada');
    await step('start', ada, 'get_tasks', { projectRoot, status: 'pending' });
    await step('start', ada, 'add_task', { projectRoot, title: kWork.title, description: kGoal, priority: 'high' });
    const id = String(kBoard.length + 1);
    await step('claim', ada, 'set_task_status', { projectRoot, id, status: 'in-progress' });
    for (const [progress, note] of kReports) await step('update', ada, 'add_subtask', { projectRoot, id, title: `${progress}%`, description: note, status: 'done' });
    const again = await fresh('ada');
    await step('resume', again, 'get_tasks', { projectRoot, status: 'in-progress' });
    await step('resume', again, 'get_task', { projectRoot, id });
    await step('hand over', again, 'set_task_status', { projectRoot, id, status: 'pending' });
    const bob = await fresh('bob');
    await step('take over', bob, 'next_task', { projectRoot });
    await step('take over', bob, 'set_task_status', { projectRoot, id, status: 'in-progress' });
  },
};

const shrimpTask = (name, description) => ({ name, description, implementationGuide: description });
const shrimp = {
  key: 'shrimp',
  name: 'mcp-shrimp-task-manager',
  package: 'mcp-shrimp-task-manager',
  configuration: '`TEMPLATES_USE=en` (its answers; the descriptions of arguments are Chinese in every language), `ENABLE_GUI=false`. '
    + 'Without its planning calls (`plan_task`, `analyze_task`, `reflect_task`), which it recommends before each task',
  lacks: [
    'No owner of a task: claiming is `execute_task`, which anybody may do',
    'No way back from `in_progress`: handing over is a note, and taking over is reading the task',
    'A new note replaces the one before: each report carries only itself',
    'Its ids are random UUIDs: figures differ by some tokens from run to run',
  ],
  launch: (place) => ({
    command: bin('mcp-shrimp-task-manager'), args: [], cwd: place.repository,
    env: { ...place.env, DATA_DIR: place.at('shrimp'), TEMPLATES_USE: 'en', ENABLE_GUI: 'false' },
  }),
  async prepare(place, open) {
    const person = await open('person');
    await person.call('split_tasks', { updateMode: 'append', tasksRaw: JSON.stringify(kBoard.map((title) => shrimpTask(title, title))) });
    await person.close();
  },
  async run({ step, fresh, place }) {
    const ada = await fresh('ada');
    await step('start', ada, 'list_tasks', { status: 'pending' });
    await step('start', ada, 'split_tasks', { updateMode: 'append', tasksRaw: JSON.stringify([shrimpTask(kWork.title, kGoal)]) });
    const taskId = findShrimpTask(place.at('shrimp'), kWork.title);
    await step('claim', ada, 'execute_task', { taskId });
    for (const [progress, note] of kReports) await step('update', ada, 'update_task', { taskId, notes: `${progress}%: ${note}` });
    const again = await fresh('ada');
    await step('resume', again, 'list_tasks', { status: 'in_progress' });
    await step('resume', again, 'get_task_detail', { taskId });
    await step('hand over', again, 'update_task', { taskId, notes: kFarewell });
    const bob = await fresh('bob');
    await step('take over', bob, 'list_tasks', { status: 'in_progress' });
    await step('take over', bob, 'get_task_detail', { taskId });
  },
};

function findShrimpTask(directory, title) {
  const file = fs.readdirSync(directory, { recursive: true }).find((name) => path.basename(name) === 'tasks.json');
  return JSON.parse(fs.readFileSync(path.join(directory, file), 'utf8')).tasks.find((task) => task.name === title).id;
}

const memory = {
  key: 'memory',
  name: 'server-memory',
  package: '@modelcontextprotocol/server-memory',
  configuration: '`MEMORY_FILE_PATH` in the scratch directory. A general memory: tasks are entities, reports are observations by the agents\' own convention',
  lacks: [
    'No claim, status or order: all of it is the convention of the text; `search_nodes` gives every observation of what it finds',
  ],
  launch: (place) => ({
    command: bin('mcp-server-memory'), args: [], cwd: place.repository, env: { ...place.env, MEMORY_FILE_PATH: place.at('memory.jsonl') },
  }),
  async prepare(place, open) {
    const person = await open('person');
    const entities = kBoard.map((title) => ({ name: title, entityType: 'task', observations: ['status: open'] }));
    await person.call('create_entities', { entities });
    await person.close();
  },
  async run({ step, fresh }) {
    const entityName = kWork.title;
    const observe = (...contents) => ({ observations: [{ entityName, contents }] });
    const ada = await fresh('ada');
    await step('start', ada, 'search_nodes', { query: 'status: open' });
    await step('start', ada, 'create_entities', { entities: [{ name: entityName, entityType: 'task', observations: [kGoal] }] });
    await step('claim', ada, 'add_observations', observe('claimed by ada'));
    for (const [progress, note] of kReports) await step('update', ada, 'add_observations', observe(`${progress}%: ${note}`));
    const again = await fresh('ada');
    await step('resume', again, 'search_nodes', { query: 'claimed by ada' });
    await step('hand over', again, 'delete_observations', { deletions: [{ entityName, observations: ['claimed by ada'] }] });
    await step('hand over', again, 'add_observations', observe('status: free to take', kFarewell));
    const bob = await fresh('bob');
    await step('take over', bob, 'search_nodes', { query: 'free to take' });
    await step('take over', bob, 'add_observations', observe('claimed by bob'));
  },
};

/** Of an installed package. */
export function versionOf(name) {
  return JSON.parse(fs.readFileSync(path.join(import.meta.dirname, 'node_modules', name, 'package.json'), 'utf8')).version;
}

export const peers = [streamStatus, backlog, taskMaster, shrimp, memory].map((peer) => ({
  ...peer,
  version: peer.version ?? (() => versionOf(peer.package)),
}));
