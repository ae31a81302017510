// Beside the stream: who holds it, what one can do, where it works, whom it touches, which files it changes.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { act, actions } from '../../act.ts';
import { count, counted, duration } from '../../derive/format.ts';
import { isLapsed, isOpen } from '../../derive/needs.ts';
import { touches, type Touch } from '../../derive/stream.ts';
import { draft, dropDraft } from '../../edit.ts';
import { state } from '../../live.ts';
import type { AgentState, Claim, Stream, StreamFile, StreamFiles } from '../../model.ts';
import { isPast } from '../../past.ts';
import { useRead } from '../../reading.ts';
import { href } from '../../route.ts';
import { now } from '../../ui.ts';
import { Age, CopyButton, Who } from '../bits.tsx';
import { Glyph } from '../glyphs.tsx';
import { LeaseBar } from '../lease.tsx';
import { MessagePanel } from '../message.tsx';
import { For } from '../moments.tsx';
import { Cancel, closePanel, isPanelOpen, Panel, TextField, togglePanel, type PanelName } from '../panel.tsx';
import { shortName } from '../rail.tsx';
import { Lines } from './commits.tsx';
import { setStatus } from './head.tsx';
import { noteFieldId } from './notes.tsx';
import { RetirePanel } from './retire.tsx';

export function Side({ stream }: { stream: Stream }) {
  const { id, status } = stream;
  return (
    <>
      {(isOpen(stream) || stream.claim) && <ClaimSection stream={stream} />}
      {!isPast.value && status !== 'archived' && <Actions stream={stream} />}
      {!isPast.value && isPanelOpen(id, 'retire') && status !== 'archived' && <RetirePanel stream={stream} />}
      <WhereAndFiles stream={stream} />
      <a class="btn more-of" href={href('activity', '', { stream: id })}>
        All that happened on {stream.streamNumber}
      </a>
    </>
  );
}

// ── Claim ──

function presence(claim: Claim): { state: AgentState; seen: string | null } {
  const known = state.value.agents.filter(({ name }) => name === claim.agent);
  const agent = known.find((each) => each.state !== 'gone') ?? known[0];
  return { state: agent?.state ?? 'gone', seen: agent?.lastCall ?? null };
}

function ClaimSection({ stream }: { stream: Stream }) {
  const { claim } = stream;
  const agent = claim && !isPast.value ? presence(claim) : null;
  return (
    <section aria-label="Claim">
      <h3 class="sec">
        Claim
        {claim?.since && (
          <span class="x">
            <For since={claim.since} />
          </span>
        )}
      </h3>
      {!claim ? (
        <p class="t2 dim line">{isPast.value ? 'Nobody held it then.' : 'Nobody holds it: open to claim.'}</p>
      ) : (
        <>
          <div class="holder">
            <Who name={claim.agent} state={agent?.state} />
            {agent && <span class={`t2 b5 ag-${agent.state}`}>{agent.state}</span>}
          </div>
          {agent && <LeaseBar claim={claim} />}
          {agent && (
            <div class="row t2 dim apart">
              <LeaseWord stream={stream} claim={claim} />
              <span>{agent.seen ? <>seen <Age since={agent.seen} ago /></> : 'not seen by this server'}</span>
            </div>
          )}
        </>
      )}
    </section>
  );
}

function LeaseWord({ stream, claim }: { stream: Stream; claim: Claim }) {
  if (!claim.expiresAt) return <span>lease</span>;
  if (isLapsed(stream, now.value)) {
    return (
      <span class="risk">
        lapsed <Age since={claim.expiresAt} units={2} ago />
      </span>
    );
  }
  return <span>lease, {duration(Date.parse(claim.expiresAt) - now.value, 2)} left</span>;
}

// ── Actions ──

function Actions({ stream }: { stream: Stream }) {
  const { id, status, claim } = stream;
  const isDone = status === 'completed';
  return (
    <section aria-label="Actions" class="does">
      <div class="acts">
        {claim && (
          <Opens id={id} name="release">
            Release
          </Opens>
        )}
        {claim && (
          <Opens id={id} name="message" keys="m">
            Message
          </Opens>
        )}
        {status === 'active' || status === 'blocked' ? (
          <button type="button" class="btn" onClick={() => setStatus(stream, 'paused')}>
            Pause
          </button>
        ) : (
          !isDone && (
            <button type="button" class="btn" onClick={() => setStatus(stream, 'active')}>
              {status === 'paused' ? 'Go on' : 'Begin'}
            </button>
          )
        )}
        {!isDone && (
          <button type="button" class="btn" onClick={() => setStatus(stream, 'completed')}>
            Complete
          </button>
        )}
        <button type="button" class="btn" aria-keyshortcuts="n" title="n" onClick={() => document.getElementById(noteFieldId)?.focus()}>
          Add note
        </button>
        <Opens id={id} name="blocker" keys="b">
          Add blocker
        </Opens>
        <Opens id={id} name="retire">
          Archive…
        </Opens>
      </div>
      {isPanelOpen(id, 'release') && claim && <ReleasePanel stream={stream} claim={claim} />}
      {isPanelOpen(id, 'message') && <MessagePanel id={id} to={claim?.agent} />}
    </section>
  );
}

function Opens({ id, name, keys, children }: { id: string; name: PanelName; keys?: string; children: ComponentChildren }) {
  return (
    <button
      type="button"
      class="btn"
      aria-expanded={isPanelOpen(id, name)}
      aria-keyshortcuts={keys}
      title={keys}
      onClick={() => togglePanel(id, name)}
    >
      {children}
    </button>
  );
}

function ReleasePanel({ stream, claim }: { stream: Stream; claim: Claim }) {
  const { id, streamNumber } = stream;
  const note = draft(`${id} release`);
  const { state: presentState } = presence(claim);
  const submit = async () => {
    const work = () => actions.release(id, note.value.trim() || undefined);
    if (!(await act(`${streamNumber} is free to be claimed.`, work))) return;
    note.value = '';
    dropDraft(`${id} release`);
    closePanel();
  };
  return (
    <Panel label="Release the claim" onSubmit={() => void submit()}>
      {presentState === 'live' && !isLapsed(stream, now.value) && (
        <p class="t2 risk">
          {shortName(claim.agent)} is live and may be working on it. It is told with its next call.
        </p>
      )}
      <TextField
        label="For whoever takes it next"
        hint="What they must know; may be empty"
        most={10_000}
        value={note.value}
        onInput={(text) => (note.value = text)}
      />
      <div class="acts">
        <button type="submit" class="btn go">
          Release
        </button>
        <Cancel />
      </div>
    </Panel>
  );
}

// ── Where, whom it touches, files ──

function WhereAndFiles({ stream }: { stream: Stream }) {
  const { id, branch, worktreePath } = stream;
  const { conflicts, streams, project } = state.value;
  const { value, failure } = useRead<StreamFiles>(
    `/api/streams/${encodeURIComponent(id)}/files`,
    `${conflicts?.timestamp} ${stream.recentActivity.lastCommitTime}`,
  );
  const root = project?.projectRoot ?? '';
  const folder = worktreePath?.startsWith(`${root}/`) ? worktreePath.slice(root.length + 1) : worktreePath;
  return (
    <>
      <section aria-label="Where">
        <h3 class="sec">Where</h3>
        {!branch && !worktreePath && <p class="t2 dim line">It names no branch and no worktree.</p>}
        <dl class="kv">
          {branch && <Place name="branch" text={branch} copies={branch} />}
          {worktreePath && <Place name="worktree" text={folder ?? worktreePath} copies={worktreePath} />}
          {!isPast.value && value?.mainBranch && value.problem === null && (
            <>
              <dt>base</dt>
              <dd>
                <span class="m">{value.mainBranch}</span>{' '}
                <span class="dim">
                  {value.ahead === null || value.behind === null
                    ? ''
                    : `${count(value.behind)} behind, ${count(value.ahead)} ahead`}
                </span>
              </dd>
            </>
          )}
        </dl>
      </section>
      {!isPast.value && (
        <>
          <Touches list={touches(conflicts, streams, id)} stream={stream} isKnown={conflicts !== null} />
          <Files value={value} problem={value?.problem ?? (failure && failure.status !== 404 ? failure.error : null)} />
        </>
      )}
    </>
  );
}

function Place({ name, text, copies }: { name: string; text: string; copies: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        <span class="m cut path" title={copies}>
          <bdi>{text}</bdi>
        </span>
        <CopyButton text={copies} />
      </dd>
    </>
  );
}

function Touches({ list, stream, isKnown }: { list: readonly Touch[]; stream: Stream; isKnown: boolean }) {
  const looked = state.value.conflicts?.streams.find(({ streamId }) => streamId === stream.id);
  const left = state.value.conflicts?.leftOut.find(({ streamId }) => streamId === stream.id);
  const main = looked?.againstMain.state === 'conflict' ? looked.againstMain.conflicts : [];
  return (
    <section aria-label="Touches others">
      <h3 class="sec">
        Touches others<span class="x">{list.length || ''}</span>
      </h3>
      {main.length > 0 && (
        <p class="touch t2" title={main.map(({ file }) => file).join('\n')}>
          <span class="risk">
            <Glyph name="conflict" />
          </span>
          <span class="grow cut">
            <b class="b5">{state.value.conflicts?.mainBranch}</b> <span class="mid">has moved on</span>
          </span>
          <span class="risk">{counted(new Set(main.map(({ file }) => file)).size, 'file')}</span>
        </p>
      )}
      {list.map((touch) => (
        <TouchLine key={touch.stream.id} touch={touch} id={stream.id} />
      ))}
      {list.length === 0 && main.length === 0 && (
        <p class="t2 dim line">
          {left
            ? left.reason
            : !isKnown
              ? 'Git has not been asked yet.'
              : isOpen(stream)
                ? 'No other stream changes its files.'
                : 'Only open streams are compared.'}
        </p>
      )}
    </section>
  );
}

const mergeWords = { conflict: 'will conflict', possible: 'may conflict', unknown: 'not known', clean: 'merges' };

function TouchLine({ touch, id }: { touch: Touch; id: string }) {
  const { stream, state: outcome, files, conflicting } = touch;
  const tone = outcome === 'conflict' || outcome === 'possible' ? 'risk' : 'dim';
  const waits = stream.blockers.includes(id) ? ', waits for this' : '';
  return (
    <a
      class="touch t2"
      href={href('conflicts', '', { a: id, b: stream.id })}
      title={`${mergeWords[outcome]}\n${files.join('\n')}`}
    >
      <span class={tone}>
        <Glyph name={outcome === 'clean' ? 'check' : 'conflict'} />
      </span>
      <span class="grow cut">
        <b class="b5">{stream.streamNumber}</b>{' '}
        <span class="mid">
          {stream.title}
          {waits}
        </span>
      </span>
      <span class={tone}>
        {outcome === 'conflict'
          ? counted(conflicting, 'file')
          : `${mergeWords[outcome]}, ${counted(files.length, 'file')}`}
      </span>
    </a>
  );
}

function FileLine({ file }: { file: StreamFile }) {
  const { path, change, oldPath, insertions, deletions, uncommitted } = file;
  const from = oldPath ? ` from ${oldPath}` : '';
  return (
    <li>
      <span class="m cut path" title={`${path}: ${change}${from}${uncommitted ? ', not all committed' : ''}`}>
        <bdi>{path}</bdi>
      </span>
      {uncommitted && <span class="t1 risk">{file.committed ? 'in part' : 'not'} committed</span>}
      {change === 'deleted' && <span class="t1 dim">deleted</span>}
      {insertions === null || deletions === null ? (
        <span class="pm">binary</span>
      ) : (
        <Lines insertions={insertions} deletions={deletions} />
      )}
    </li>
  );
}

const firstFiles = 12;

function Files({ value, problem }: { value: StreamFiles | null; problem: string | null }) {
  const [isWhole, setWhole] = useState(false);
  const files = value?.files ?? [];
  if (!value && !problem) return null; // a server that does not list them
  const shownFiles = isWhole ? files : files.slice(0, firstFiles);
  const total = files.length + (value?.leftOut ?? 0);
  return (
    <section aria-label="Files">
      <h3 class="sec">
        Files
        {value && files.length > 0 && (
          <span class="x">
            {count(total)} · +{count(value.insertions)} −{count(value.deletions)}
          </span>
        )}
      </h3>
      {problem && <p class="t2 dim line">{problem}</p>}
      {value && files.length === 0 && !problem && <p class="t2 dim line">It changes no file yet.</p>}
      <ul class="fl">
        {shownFiles.map((file) => (
          <FileLine key={file.path} file={file} />
        ))}
      </ul>
      {files.length > shownFiles.length && (
        <button type="button" class="btn bare t2 live" onClick={() => setWhole(true)}>
          Show all {count(files.length)}
        </button>
      )}
      {isWhole && value?.leftOut ? <p class="t2 dim">and {counted(value.leftOut, 'more file')}</p> : null}
    </section>
  );
}
