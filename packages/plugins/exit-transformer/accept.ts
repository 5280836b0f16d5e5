/** Longest Accept that is looked at, in characters, and ranges of it. */
const LENGTH_MAX = 1_024

interface Range {
  type: string
  subtype: string
  quality: number
}

function rangesOf(accept: string): Range[] {
  return accept
    .slice(0, LENGTH_MAX)
    .split(',')
    .flatMap((part) => {
      const [essence = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase())
      const [type = '', subtype = ''] = essence.split('/')
      const quality = Number(parameters.find((text) => text.startsWith('q='))?.slice(2) ?? 1)
      return type === '' || subtype === '' || !(quality >= 0) ? [] : [{ type, subtype, quality }]
    })
}

/** Quality of one media type by the most exact range that fits it (RFC 9110 12.5.1); 0 where none does. */
function qualityOf(mediaType: string, ranges: readonly Range[]): number {
  const [type = '', subtype = ''] = (mediaType.split(';')[0] ?? '').trim().toLowerCase().split('/')
  const exact = ranges.find((range) => range.type === type && range.subtype === subtype)
  const ofType = ranges.find((range) => range.type === type && range.subtype === '*')
  return (exact ?? ofType ?? ranges.find((range) => range.type === '*' && range.subtype === '*'))?.quality ?? 0
}

/** The index of the media type that Accept likes best, the first among equals and where it likes none or is not there. */
export function preferred(mediaTypes: readonly string[], accept: string | null): number {
  const ranges = rangesOf(accept ?? '')
  let best = 0
  let bestQuality = 0
  for (const [index, mediaType] of mediaTypes.entries()) {
    const quality = qualityOf(mediaType, ranges)
    if (quality <= bestQuality) continue
    best = index
    bestQuality = quality
  }
  return best
}
