// All projects of this user: those whose server runs can be switched to, the others say how to start theirs.
import { useEffect, useState } from 'preact/hooks';
import { call, isFailure } from '../act.ts';
import type { Project } from '../api.ts';
import { counted } from '../derive/format.ts';
import '../style/projects.css';
import { Age, Command } from './bits.tsx';
import { Empty } from './empty.tsx';
import { Glyph } from './glyphs.tsx';
import { Top } from './top.tsx';

const everyMs = 10_000;

export function Projects() {
  const [projects, setProjects] = useState<readonly Project[] | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  useEffect(() => {
    let isGone = false;
    const load = async () => {
      try {
        const answer = await call<{ projects: Project[] }>('GET', '/api/projects');
        if (isGone) return;
        setProjects(answer.projects);
        setFailure(null);
      } catch (error) {
        if (!isGone) setFailure(isFailure(error) ? error.error : String(error));
      }
    };
    void load();
    const timer = setInterval(() => !document.hidden && void load(), everyMs);
    return () => {
      isGone = true;
      clearInterval(timer);
    };
  }, []);

  const running = projects?.filter((project) => project.running) ?? [];
  const stopped = projects?.filter((project) => !project.running) ?? [];
  return (
    <>
      <Top
        title="Projects"
        sum={projects ? `${counted(running.length, 'server')} of ${counted(projects.length, 'project')} running` : ''}
      />
      <div class="scroll projects" tabIndex={-1}>
        {failure && projects === null && <Empty>{failure}</Empty>}
        {running.length > 0 && (
          <>
            <h2 class="sec">Running</h2>
            <ul>
              {running.map((project) => (
                <li key={project.root}>
                  <Running project={project} />
                </li>
              ))}
            </ul>
          </>
        )}
        {stopped.length > 0 && (
          <>
            <h2 class="sec">
              Stopped<span class="x">an agent's first call starts its server; so does the command</span>
            </h2>
            <ul>
              {stopped.map((project) => (
                <li key={project.root} class="row">
                  <span class="dim">
                    <Glyph name="gone" small={false} />
                  </span>
                  <span class="lines">
                    <b>{project.name}</b>
                    <span class="root cut" title={project.root}>
                      {project.root}
                    </span>
                  </span>
                  <Command text={`stream-status --project ${quoted(project.root)} dashboard`} />
                </li>
              ))}
            </ul>
          </>
        )}
        {projects?.length === 1 && (
          <p class="mid only">The only project so far. Another one appears with its first agent, or command.</p>
        )}
      </div>
    </>
  );
}

function Running({ project }: { project: Project }) {
  const { current, url, root, name, version, startedAt } = project;
  const content = (
    <>
      <span class={current ? 'live' : 'done'}>
        <Glyph name="live" small={false} />
      </span>
      <span class="lines">
        <b>
          {name}
          {current && <span class="live here">this one</span>}
        </b>
        <span class="root cut" title={root}>
          {root}
        </span>
      </span>
      <span class="t2 dim facts">
        {url ? new URL(url).host : 'no port: agents use its socket'}
        {version && ` · ${version}`}
        {startedAt && (
          <>
            {' '}
            · up <Age since={startedAt} />
          </>
        )}
      </span>
    </>
  );
  if (current) {
    return (
      <a class="row" href="/" data-item>
        {content}
      </a>
    );
  }
  return url ? (
    <a class="row" href={url} data-item>
      {content}
    </a>
  ) : (
    <span class="row">{content}</span>
  );
}

/** For a shell. */
function quoted(path: string): string {
  return /^[\w./~+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
