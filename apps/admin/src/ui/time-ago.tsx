'use client'

import { useEffect, useState } from 'react'
import { formatAge } from './format.ts'

const MOMENT = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })

/** The present moment, looked at again each `everyMs`, for texts that grow old by themselves. */
export function useNow(everyMs: number): Date {
  const [now, setNow] = useState(() => new Date())
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}

interface TimeAgoProps {
  /** ISO 8601. */
  at: string
  /** Other words than `4 min ago`. */
  say?: (then: Date, now: Date) => string
  everyMs?: number
}

/** How long ago something was; the moment itself on hover. */
export function TimeAgo({ at, say = formatAge, everyMs = 10_000 }: TimeAgoProps) {
  const now = useNow(everyMs)
  const then = new Date(at)
  return (
    <time dateTime={at} title={MOMENT.format(then)} className="nw">
      {say(then, now)}
    </time>
  )
}
