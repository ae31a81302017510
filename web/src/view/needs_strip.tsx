// What needs a person, first on the page: at most three, by the cost of waiting, each with its one action.
import { actions, act } from '../act.ts';
import { counted } from '../derive/format.ts';
import { conflictFiles, landsFirst, type Need } from '../derive/needs.ts';
import { state } from '../live.ts';
import type { Stream } from '../model.ts';
import { href } from '../route.ts';
import { needs } from '../ui.ts';
import { Age } from './bits.tsx';
import { Glyph } from './glyphs.tsx';

const mostShown = 3;

export function NeedsStrip() {
  const all = needs.value;
  if (all.length === 0) return <CalmStrip />;
  const shown = all.slice(0, mostShown);
  return (
    <section class="needs" data-count={shown.length} aria-label="What needs you">
      <h2>
        <b>{all.length}</b>
        {all.length === 1 ? 'needs you' : 'need you'}
      </h2>
      {shown.map((need, index) => (
        <NeedCell key={keyOf(need)} need={need} first={index === 0} />
      ))}
      {all.length > mostShown && (
        <a class="more" href={href('table', '', { sort: 'need' })}>
          +{all.length - mostShown}
        </a>
      )}
    </section>
  );
}

function CalmStrip() {
  const { streams, project } = state.value;
  if (project === null || streams.size === 0) return null;
  let moving = 0;
  for (const { status } of streams.values()) if (status === 'active') moving++;
  return (
    <p class="calm">
      Nothing needs you. {moving === 0 ? 'No stream moves.' : `${counted(moving, 'stream')} ${moving === 1 ? 'moves' : 'move'}.`}
    </p>
  );
}

function keyOf(need: Need): string {
  return need.kind === 'collision' ? `${need.stream.id}×${need.other.id}` : `${need.kind} ${need.stream.id}`;
}

function number(stream: Stream): string {
  return stream.streamNumber;
}

function NeedCell({ need, first }: { need: Need; first: boolean }) {
  const button = first ? 'btn go' : 'btn';
  switch (need.kind) {
    case 'question': {
      const holds = need.holdsUp.map(number).join(', ');
      return (
        <div class="need" data-kind="question">
          <span class="stuck">
            <Glyph name="blocked" small={false} />
          </span>
          <div class="lines">
            <div class="h">
              <span class="cut">{number(need.stream)} asks you a question</span>
              <span class="age">
                <Age since={need.since} units={2} />
              </span>
            </div>
            <p class="cut" title={need.stream.question!.text}>
              {holds && <span class="stuck">Holds up {holds}. </span>}
              {need.stream.question!.text}
            </p>
          </div>
          <a class={button} href={href('stream', need.stream.id)}>
            Answer
          </a>
        </div>
      );
    }
    case 'abandoned':
      return (
        <div class="need" data-kind="abandoned">
          <span class="risk">
            <Glyph name="lapsed" small={false} />
          </span>
          <div class="lines">
            <div class="h">
              <span class="cut">{number(need.stream)} was abandoned</span>
              <span class="age">
                <Age since={need.since} units={2} />
              </span>
            </div>
            <p class="cut">
              {need.agent && need.agent.state !== 'gone' ? 'Agent silent' : 'Agent gone'}
              {need.uncommitted ? `, ${counted(need.uncommitted, 'file')} uncommitted.` : '.'}
            </p>
          </div>
          <button
            type="button"
            class={button}
            onClick={() =>
              void act(`${number(need.stream)} is free to be claimed.`, () => actions.release(need.stream.id))
            }
          >
            Release
          </button>
        </div>
      );
    case 'collision': {
      const { conflicts, streams } = state.value;
      const firstToLand = conflicts && landsFirst(conflicts, need.stream.id, need.other.id, streams) === need.other.id;
      const lands = firstToLand ? need.other : need.stream;
      return (
        <div class="need" data-kind="collision">
          <span class="risk">
            <Glyph name="conflict" small={false} />
          </span>
          <div class="lines">
            <div class="h">
              <span class="cut">
                {number(need.stream)} will collide with {number(need.other)}
              </span>
              <span class="age">{counted(conflictFiles(need.pair), 'file')}</span>
            </div>
            <p class="cut">
              Land {number(lands)} first, it is {lands.progress} % done.
            </p>
          </div>
          <a class={button} href={href('conflicts', '', { a: need.stream.id, b: need.other.id })}>
            Compare
          </a>
        </div>
      );
    }
  }
}
