import { Top } from './top.tsx';

export function Graph() {
  return <Top title="Graph" />;
}
