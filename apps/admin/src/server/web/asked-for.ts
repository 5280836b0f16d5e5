/** What the pages' router adds to the address of a page when it asks for its parts alone. */
const OF_THE_ROUTER = '_rsc'

/** The page that a request asks for, as an operator would write it: path and query without what the pages' router added. */
export function askedFor(target: string): string {
  const mark = target.indexOf('?')
  if (mark < 0) return target
  const query = target
    .slice(mark + 1)
    .split('&')
    .filter((part) => part !== '' && part.split('=')[0] !== OF_THE_ROUTER)
    .join('&')
  return query === '' ? target.slice(0, mark) : `${target.slice(0, mark)}?${query}`
}
