// Find or run: one field for every stream, agent, view and command. Opened by `/` or Ctrl-K.
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { act, actions, notice } from '../act.ts';
import { byNeed } from '../derive/streams.ts';
import { state } from '../live.ts';
import { lookAt, isPast } from '../past.ts';
import { find, overlay, type Entry } from '../palette.ts';
import { notifying, setNotifying } from '../notify.ts';
import { go, href } from '../route.ts';
import { flipTheme } from '../theme.ts';
import { needs } from '../ui.ts';
import '../style/overlay.css';
import { Glyph, type GlyphName } from './glyphs.tsx';
import { switches } from './switches.ts';

interface Choice extends Entry {
  readonly glyph: GlyphName;
  readonly tone?: string;
  readonly number?: string;
  readonly title: string;
  readonly run: () => void;
}

const mostShown = 12;

function needChoices(): Choice[] {
  return needs.value.slice(0, 3).map((need, index) => {
    const number = need.stream.streamNumber;
    const hint = String(index + 1);
    switch (need.kind) {
      case 'question': {
        const run = () => go(href('stream', need.stream.id));
        const title = `Answer ${number}`;
        return { key: `q ${need.stream.id}`, words: `${title} question`, title, hint, glyph: 'blocked', tone: 'stuck', run };
      }
      case 'abandoned': {
        const run = () => void act(`${number} is free to be claimed.`, () => actions.release(need.stream.id));
        const title = `Release ${number}`;
        return { key: `a ${need.stream.id}`, words: `${title} abandoned`, title, hint, glyph: 'lapsed', tone: 'risk', run };
      }
      case 'collision': {
        const run = () => go(href('conflicts', '', { a: need.stream.id, b: need.other.id }));
        const title = `Compare ${number} with ${need.other.streamNumber}`;
        return { key: `c ${number} ${need.other.id}`, words: `${title} conflict`, title, hint, glyph: 'conflict', tone: 'risk', run };
      }
    }
  });
}

function commandChoices(): Choice[] {
  const command = (title: string, glyph: GlyphName, hint: string, run: () => void, more = ''): Choice => ({
    key: title,
    words: `${title} ${more}`,
    title,
    glyph,
    hint,
    run,
  });
  const copy = (text: string): Choice =>
    command(`Copy: ${text}`, 'copy', '', () => {
      navigator.clipboard.writeText(text).then(
        () => (notice.value = { text: `Copied: ${text}`, tone: 'done' }),
        () => (notice.value = { text: `This browser does not let the page copy. The command: ${text}`, tone: 'risk' }),
      );
    });
  return [
    ...switches.map(({ view, word, key, glyph }) => command(word, glyph, `g ${key}`, () => go(href(view)), 'view go to')),
    command('Projects', 'projects', '', () => go(href('projects')), 'switch server'),
    ...(isPast.value ? [command('Back to live', 'live', 'esc', () => lookAt(null))] : []),
    command('Light or dark', 'theme', 'd', flipTheme, 'theme'),
    command(notifying.value ? 'Notifications: switch off' : 'Notifications: switch on', 'question', '', () => {
      void setNotifying(!notifying.value);
    }),
    command('Copy the address of this page', 'copy', '', () => {
      void navigator.clipboard.writeText(location.href);
      notice.value = { text: 'The address is copied; it opens on what is shown now.', tone: 'done' };
    }, 'link'),
    command('Keys', 'note', '?', () => (overlay.value = 'help'), 'help keyboard shortcuts'),
    copy('stream-status add "Title"'),
    copy('stream-status status'),
    copy('stream-status stop'),
    copy('stream-status init claude-code'),
  ];
}

function allChoices(): Choice[] {
  const { streams, agents } = state.value;
  const streamChoices = [...streams.values()].sort(byNeed).map((stream): Choice => {
    const { id, streamNumber, title, status, branch, category, priority, claim } = stream;
    const words = [streamNumber, title, id, status, category, priority, branch, claim?.agent].filter(Boolean).join(' ');
    const run = () => go(href('stream', id));
    return { key: `s ${id}`, words, title, number: streamNumber, hint: status, glyph: status, tone: `st-${status}`, run };
  });
  const agentChoices = agents.map((agent): Choice => {
    const run = () => go(agent.streamId ? href('stream', agent.streamId) : href('agents'));
    const { name, process, state: word } = agent;
    return { key: `@ ${process ?? name}`, words: `${name} agent`, title: name, hint: word, glyph: word, tone: `ag-${word}`, run };
  });
  return [...needChoices(), ...commandChoices(), ...agentChoices, ...streamChoices];
}

export function Palette() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [search, setSearch] = useState('');
  const [picked, setPicked] = useState(0);
  // What can be found does not move under the fingers while the palette is open.
  const choices = useMemo(allChoices, []);
  const shown = search.trim() === '' ? initialChoices(choices) : find(choices, search, mostShown);
  const current = Math.min(picked, shown.length - 1);

  // Before the next key arrives.
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const close = () => (overlay.value = null);
  const run = (choice: Choice | undefined) => {
    if (!choice) return;
    close();
    choice.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move !== undefined) {
      event.preventDefault();
      setPicked((current + move + shown.length) % Math.max(1, shown.length));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(shown[current]);
    }
  };
  return (
    <dialog
      ref={dialog}
      class="over"
      aria-label="Find or run"
      onClose={close}
      onClick={(event) => event.target === dialog.current && close()}
    >
      <div class="q">
        <span class="dim">
          <Glyph name="find" small={false} />
        </span>
        <input
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls="choices"
          aria-activedescendant={shown[current] ? `choice-${current}` : undefined}
          aria-label="Find a stream, an agent or a view, or run a command"
          placeholder="Find a stream, agent or view, or run a command"
          autocomplete="off"
          spellcheck={false}
          value={search}
          onInput={(event) => {
            setSearch(event.currentTarget.value);
            setPicked(0);
          }}
          onKeyDown={onKeyDown}
        />
        <kbd>esc</kbd>
      </div>
      <ul id="choices" role="listbox" aria-label="Found">
        {shown.map((choice, index) => (
          <li
            key={choice.key}
            id={`choice-${index}`}
            role="option"
            aria-selected={index === current}
            onClick={() => run(choice)}
            onPointerMove={() => index !== current && setPicked(index)}
          >
            <span class={choice.tone ?? 'dim'}>
              <Glyph name={choice.glyph} small={false} />
            </span>
            {choice.number && <span class="num">{choice.number}</span>}
            <span class="grow cut">{choice.title}</span>
            {choice.hint && <span class="hint">{choice.hint}</span>}
          </li>
        ))}
      </ul>
      {shown.length === 0 && <p class="nothing">Nothing has “{search.trim()}” in it.</p>}
    </dialog>
  );
}

/** Before anything is typed: what needs the person, then where one can go. */
function initialChoices(choices: readonly Choice[]): Choice[] {
  return choices.slice(0, needs.value.slice(0, 3).length + switches.length + 1);
}
