'use client'

import { GripVertical, Lock } from 'lucide-react'
import { type KeyboardEvent, type PointerEvent, type RefObject, useEffect, useId, useRef, useState } from 'react'
import { labelPlaces } from './label-places.ts'
import { clampWeight, formatWeight, type Gate, gateFor, percentageAt, placeOf, SLATS, spokenWeight, weightAfterDrag, weightAfterKey } from './weight-model.ts'

const HEIGHT = 56
const SCALE = [10, 25, 50, 75, 100]
const INDEXES = Array.from({ length: SLATS }, (_, index) => index)

interface WeightSliderProps {
  /** From `useGate` of the place around it, so that what belongs to the slider can be as wide as the slats; null before it was measured. */
  gate: Gate | null
  label: string
  /** What nodes have acknowledged: the slats fill with this alone. */
  live: number
  ghost: number
  isLocked: boolean
  onWish: (percentage: number) => void
  /** Enter on the knob. */
  onCommit: () => void
  /** Escape: the wish is given up. */
  onDiscard: () => void
}

/** The gate that fits into an element; null before it was measured. */
export function useGate(element: RefObject<HTMLElement | null>): Gate | null {
  const [gate, setGate] = useState<Gate | null>(null)
  useEffect(() => {
    const place = element.current
    if (place === null) return
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setGate(gateFor(entry.contentRect.width))
    })
    observer.observe(place)
    return () => observer.disconnect()
  }, [element])
  return gate
}

/** The slats: filled to `live`, outlined from there to a higher wish, hatched down to a lower one. */
function Slats({ gate, live, ghost }: { gate: Gate; live: number; ghost: number }) {
  const id = useId()
  const [from, to] = [placeOf(Math.min(live, ghost), gate), placeOf(Math.max(live, ghost), gate)]
  return (
    <svg className="sl" width={gate.width} height={HEIGHT} viewBox={`0 0 ${gate.width} ${HEIGHT}`} aria-hidden="true">
      <defs>
        <clipPath id={`${id}-slats`}>
          {INDEXES.map((index) => (
            <rect key={index} x={index * gate.pitch} width={gate.slat} height={HEIGHT} rx={Math.min(2, gate.slat / 2)} />
          ))}
        </clipPath>
        <clipPath id={`${id}-wish`}>
          <rect x={from} width={to - from} height={HEIGHT} />
        </clipPath>
        <pattern id={`${id}-hatch`} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="3.5" height="6" className="h" />
        </pattern>
      </defs>
      <g clipPath={`url(#${id}-slats)`}>
        <rect width={gate.width} height={HEIGHT} className="s" />
        <rect height={HEIGHT} className="l" style={{ width: placeOf(live, gate) }} />
        {ghost > live && <rect x={from} width={to - from} height={HEIGHT} className="g" />}
        {ghost < live && <rect x={from} width={to - from} height={HEIGHT} fill={`url(#${id}-hatch)`} />}
      </g>
      {ghost > live && (
        <g clipPath={`url(#${id}-wish)`} className="o">
          {INDEXES.slice(Math.floor(live), Math.ceil(ghost)).map((index) => (
            <rect key={index} x={index * gate.pitch + 0.5} y="0.5" width={Math.max(1, gate.slat - 1)} height={HEIGHT - 1} rx={Math.min(2, gate.slat / 2)} />
          ))}
        </g>
      )}
    </svg>
  )
}

function Above({ gate, live, ghost }: { gate: Gate; live: number; ghost: number }) {
  const places = labelPlaces({ live, ghost }, gate)
  return (
    <div className="gt" aria-hidden="true">
      {ghost !== live && places.live !== null && (
        <span className={ghost > live ? 'live end' : 'live'} style={{ left: places.live }}>
          Live {formatWeight(live)} %
        </span>
      )}
      {ghost !== live && (
        <span className="bub" style={{ left: places.bubble }}>
          {formatWeight(ghost)} %
        </span>
      )}
    </div>
  )
}

function Below({ gate }: { gate: Gate }) {
  return (
    <div className="ga" aria-hidden="true">
      <span className="first" style={{ left: 0 }}>
        <i />0
      </span>
      {SCALE.map((value) => (
        <span key={value} className={value === 100 ? 'last' : undefined} style={{ left: placeOf(value, gate) }}>
          <i />
          {value === 100 ? '100 %' : value}
        </span>
      ))}
    </div>
  )
}

/** Pointer handling of the gate. A drag that is broken off (Escape, a scroll on touch) leaves the wish as it was. */
function useDrag({
  gate,
  live,
  ghost,
  isLocked,
  onWish,
  knob,
}: Pick<WeightSliderProps, 'live' | 'ghost' | 'isLocked' | 'onWish'> & { gate: Gate | null; knob: RefObject<HTMLButtonElement | null> }) {
  const drag = useRef<{ before: number; offset: number } | null>(null)
  const wish = (event: PointerEvent<HTMLElement>, offset: number) => {
    if (gate === null) return
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left - offset
    onWish(weightAfterDrag(percentageAt(x, gate), { live, fine: event.shiftKey }))
  }
  const end = () => {
    drag.current = null
  }
  const cancel = () => {
    if (drag.current !== null) onWish(drag.current.before)
    end()
  }
  return {
    cancel,
    handlers: {
      onPointerDown: (event: PointerEvent<HTMLElement>) => {
        if (isLocked || gate === null || event.button !== 0) return
        event.preventDefault()
        event.currentTarget.setPointerCapture(event.pointerId)
        knob.current?.focus({ preventScroll: true })
        // Where the knob itself is taken, it stays under the pointer as it was taken.
        const isKnob = knob.current?.contains(event.target as Node) === true
        const x = event.clientX - event.currentTarget.getBoundingClientRect().left
        drag.current = { before: ghost, offset: isKnob ? x - placeOf(ghost, gate) : 0 }
        if (!isKnob) wish(event, 0)
      },
      onPointerMove: (event: PointerEvent<HTMLElement>) => {
        if (drag.current !== null && !isLocked) wish(event, drag.current.offset)
      },
      onPointerUp: end,
      onPointerCancel: cancel,
    },
  }
}

/**
 * The share of a canary as a hundred slats with a knob. Moving it moves a wish, never the share itself: the slats fill when nodes have
 * acknowledged. Arrows step 0.1, with Shift 1, with Alt 10, Home and End go to the ends; a drag lands on whole per cents, with Shift on tenths.
 */
export function WeightSlider({ gate, label, live, ghost, isLocked, onWish, onCommit, onDiscard }: WeightSliderProps) {
  const knob = useRef<HTMLButtonElement>(null)
  const { handlers, cancel } = useDrag({ gate, live, ghost, isLocked, onWish, knob })
  const press = (event: KeyboardEvent) => {
    const next = weightAfterKey(ghost, event)
    if (next === null && event.key !== 'Enter' && event.key !== 'Escape') return
    event.preventDefault()
    if (event.key === 'Enter') onCommit()
    else if (event.key === 'Escape') {
      cancel()
      onDiscard()
    } else if (next !== null) onWish(clampWeight(next))
  }
  return (
    <div style={{ minHeight: HEIGHT + 70 }}>
      {gate !== null && (
        <div className={isLocked ? 'gate locked' : 'gate'} style={{ width: gate.width }}>
          <Above gate={gate} live={live} ghost={ghost} />
          <div className="gs" style={{ height: HEIGHT }} {...handlers}>
            <Slats gate={gate} live={live} ghost={ghost} />
            <i className="lm" style={{ left: placeOf(live, gate) }} />
            <button
              ref={knob}
              type="button"
              className="knob"
              role="slider"
              aria-label={label}
              aria-valuemin={0}
              aria-valuemax={100}
              aria-valuenow={ghost}
              aria-valuetext={spokenWeight(ghost, live)}
              aria-disabled={isLocked}
              style={{ left: placeOf(ghost, gate) }}
              onKeyDown={press}
            >
              {isLocked ? <Lock className="i s" aria-hidden="true" /> : <GripVertical className="i s" aria-hidden="true" />}
            </button>
          </div>
          <Below gate={gate} />
        </div>
      )}
    </div>
  )
}
