// The keys, all of them. Opened by `?`.
import { useEffect, useRef } from 'preact/hooks';
import { overlay } from '../palette.ts';
import '../style/overlay.css';
import { switches } from './switches.ts';

const groups: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  [
    'Everywhere',
    [
      ['/', 'find or run; also Ctrl K'],
      ['1 2 3', 'open what needs you'],
      ['j k', 'next, previous'],
      ['enter', 'open'],
      ['d', 'light or dark'],
      ['?', 'this list'],
    ],
  ],
  [
    'Time machine',
    [
      ['[ ]', 'one revision back, on'],
      ['← →', 'by minutes, on the strip'],
      ['esc', 'back to live'],
    ],
  ],
  ['Board', [['⇧ ← →', 'move the card to the next status']]],
  [
    'Stream',
    [
      ['j k', 'next, previous stream'],
      ['a', 'answer in words'],
      ['n', 'add a note'],
      ['m', 'message to the holder'],
      ['s', 'status'],
      ['b', 'add a blocker'],
      ['e', 'edit title and goal'],
    ],
  ],
  [
    'Graph',
    [
      ['← →', 'along the links'],
      ['↑ ↓', 'within a layer'],
      ['+ -', 'zoom'],
      ['0', 'fit'],
    ],
  ],
  ['Conflicts', [['← → ↑ ↓', 'from pair to pair in the matrix']]],
  ['Views', switches.map(({ key, word }) => [`g ${key}`, word] as const)],
];

export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const close = () => (overlay.value = null);
  return (
    <dialog
      ref={dialog}
      class="over help"
      aria-label="Keys"
      onClose={close}
      onClick={(event) => event.target === dialog.current && close()}
    >
      <div class="q">
        <h2>Keys</h2>
        <button type="button" class="btn bare" onClick={close}>
          Close <kbd>esc</kbd>
        </button>
      </div>
      <div class="keys">
        {groups.map(([name, keys]) => (
          <section key={name}>
            <h3>{name}</h3>
            <dl>
              {keys.map(([key, what]) => (
                <div key={key}>
                  <dt>
                    {key.split(' ').map((each) => (
                      <kbd key={each}>{each}</kbd>
                    ))}
                  </dt>
                  <dd>{what}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </dialog>
  );
}
