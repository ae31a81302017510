// What the stream is: number, status, priority, category, title and goal, each changed where it stands.
import type { ComponentChildren } from 'preact';
import { act, actions } from '../../act.ts';
import { duration } from '../../derive/format.ts';
import { draft, dropDraft, hasDraft, isSame } from '../../edit.ts';
import { state } from '../../live.ts';
import { priorities, statuses, type Priority, type Status, type Stream } from '../../model.ts';
import { isPast } from '../../past.ts';
import { moveTo } from '../board.tsx';
import { StatusChip } from '../bits.tsx';
import { Glyph, PriorityGlyph } from '../glyphs.tsx';
import { When } from '../moments.tsx';
import { closePanel, isPanelOpen, openPanel, Panel, TextField, togglePanel, type PanelName } from '../panel.tsx';
import { Edited } from './edited.tsx';

export function Head({ stream }: { stream: Stream }) {
  const { id, streamNumber, status, priority, category, completedAt } = stream;
  return (
    <div class="hd">
      <div class="meta">
        <span class="num">{streamNumber}</span>
        <Opener id={id} name="status" label={`Status: ${status}. Change`}>
          <StatusChip status={status} />
        </Opener>
        <Opener id={id} name="priority" label={`Priority: ${priority}. Change`}>
          <span class="chip mid">
            <PriorityGlyph priority={priority} />
            {priority}
          </span>
        </Opener>
        <Opener id={id} name="category" label={`Category: ${category}. Change`}>
          {category}
        </Opener>
        <span class="late">
          opened <When at={stream.createdAt} />
        </span>
        {completedAt && (
          <span class="late">
            done <When at={completedAt} />, took {duration(Date.parse(completedAt) - Date.parse(stream.createdAt), 2)}
          </span>
        )}
        {!isPast.value && (
          <button
            type="button"
            class="btn bare pick edit"
            aria-expanded={isPanelOpen(id, 'text')}
            aria-keyshortcuts="e"
            title="Edit title and goal  e"
            onClick={() => togglePanel(id, 'text')}
          >
            Edit<span class="unseen"> title and goal</span>
            {hasDraft(`${id} text`) && !isPanelOpen(id, 'text') && <span>· draft</span>}
          </button>
        )}
      </div>
      {!isPast.value && <Choices stream={stream} />}
      {isPanelOpen(id, 'text') && !isPast.value ? (
        <>
          <h2 class="unseen">{stream.title}</h2>
          <TextEditor stream={stream} />
        </>
      ) : (
        <>
          <h2 class="ttl">{stream.title}</h2>
          {stream.goal && <p class="goal">{stream.goal}</p>}
        </>
      )}
    </div>
  );
}

function Opener({ id, name, label, children }: { id: string; name: PanelName; label: string; children: ComponentChildren }) {
  if (isPast.value) return <span>{children}</span>;
  return (
    <button
      type="button"
      class="btn bare pick"
      aria-label={label}
      aria-expanded={isPanelOpen(id, name)}
      onClick={() => togglePanel(id, name)}
    >
      {children}
    </button>
  );
}

/** Title and goal in one form, saved over what was seen when it was opened. */
function TextEditor({ stream }: { stream: Stream }) {
  const { id } = stream;
  // The draft remembers what it was begun over: it may be older than the form.
  const base = draft(`${id} text`, JSON.stringify({ title: stream.title, goal: stream.goal ?? '' }));
  const seen = JSON.parse(base.value) as { title: string; goal: string };
  const title = draft(`${id} title`, seen.title);
  const goal = draft(`${id} goal`, seen.goal);
  const close = () => {
    for (const name of ['text', 'title', 'goal']) dropDraft(`${id} ${name}`);
    closePanel();
  };
  const changed = { title: title.value.trim(), goal: goal.value.trim() };
  const edits = onlyChanged(seen, changed);
  return (
    <Edited
      stream={stream}
      label="Title and goal"
      base={onlyNamed(seen, edits)}
      mine={edits}
      done={`${stream.streamNumber}: ${Object.keys(edits).join(' and ')} saved.`}
      onDone={close}
      onSeen={(theirs) => (base.value = JSON.stringify({ ...seen, ...theirs }))}
      onTheirs={(theirs) => {
        if (theirs.title !== undefined) title.value = theirs.title;
        if ('goal' in theirs) goal.value = theirs.goal ?? '';
      }}
    >
      <label class="lab">
        <span class="dim t2">Title</span>
        <input
          class="field"
          data-first
          required
          maxLength={200}
          value={title.value}
          onInput={(event) => (title.value = event.currentTarget.value)}
        />
      </label>
      <TextField
        label="Goal"
        hint="What done means"
        most={10_000}
        value={goal.value}
        onInput={(text) => (goal.value = text)}
      />
    </Edited>
  );
}

function onlyChanged<T extends object>(seen: T, mine: T): Partial<T> {
  const entries = Object.entries(mine).filter(([name, value]) => !isSame(value, seen[name as keyof T]));
  return Object.fromEntries(entries) as Partial<T>;
}

function onlyNamed<T extends object>(all: T, names: Partial<T>): Partial<T> {
  return Object.fromEntries(Object.keys(names).map((name) => [name, all[name as keyof T]])) as Partial<T>;
}

// ── Status, priority, category ──

function Choices({ stream }: { stream: Stream }) {
  const { id } = stream;
  if (isPanelOpen(id, 'status')) {
    return (
      <ChoicePanel
        label="Status"
        choices={statuses}
        chosen={stream.status}
        draw={(status) => <StatusChip status={status} />}
        choose={(status) => setStatus(stream, status)}
      />
    );
  }
  if (isPanelOpen(id, 'priority')) {
    return (
      <ChoicePanel
        label="Priority"
        choices={priorities}
        chosen={stream.priority}
        draw={(priority) => (
          <span class="chip">
            <PriorityGlyph priority={priority} />
            {priority}
          </span>
        )}
        choose={(priority) => setField(stream, 'priority', priority)}
      />
    );
  }
  if (isPanelOpen(id, 'category')) {
    return (
      <ChoicePanel
        label="Category"
        choices={categories()}
        chosen={stream.category}
        draw={(category) => category}
        choose={(category) => setField(stream, 'category', category)}
      />
    );
  }
  return null;
}

interface ChoicePanelProps<T extends string> {
  readonly label: string;
  readonly choices: readonly T[];
  readonly chosen: T;
  readonly draw: (choice: T) => ComponentChildren;
  readonly choose: (choice: T) => void;
}

function ChoicePanel<T extends string>({ label, choices, chosen, draw, choose }: ChoicePanelProps<T>) {
  return (
    <Panel label={label}>
      <div class="acts" role="group" aria-label={label}>
        {choices.map((choice) => (
          <button
            key={choice}
            type="button"
            class="btn"
            aria-pressed={choice === chosen}
            data-first={choice === chosen ? '' : undefined}
            onClick={() => {
              closePanel();
              if (choice !== chosen) choose(choice);
            }}
          >
            {draw(choice)}
            {choice === 'archived' && label === 'Status' && chosen !== 'archived' ? '…' : ''}
          </button>
        ))}
        <button type="button" class="btn bare sq" aria-label="Close" onClick={closePanel}>
          <Glyph name="clear" />
        </button>
      </div>
    </Panel>
  );
}

/** Archiving has a plan, and is asked where it is shown. */
export function setStatus(stream: Stream, status: Status): void {
  if (status === 'archived') openPanel(stream.id, 'retire');
  else void moveTo(stream, status);
}

function setField(stream: Stream, name: 'priority' | 'category', value: Priority | string): void {
  const { id, streamNumber } = stream;
  const before = stream[name];
  const set = (to: string) => () => actions.update(id, { [name]: to });
  void act(`${streamNumber}: ${name} ${value}.`, set(value), () => void act(`${streamNumber}: ${name} ${before}.`, set(before)));
}

const usualCategories = ['frontend', 'backend', 'infrastructure', 'testing', 'documentation', 'refactoring'];

/** The usual ones, and those of config.json that streams have. */
function categories(): readonly string[] {
  const found = new Set(usualCategories);
  for (const { category } of state.peek().streams.values()) found.add(category);
  return [...found];
}
