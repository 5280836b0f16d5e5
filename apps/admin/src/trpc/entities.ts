'use client'

import { ENTITIES, type Entity, type EntityType } from '@sluice/shared/entities/registry'
import { keepPreviousData, type QueryKey, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getUntypedClient } from '@trpc/client'
import { useCallback, useMemo } from 'react'
import { useTRPCClient } from './client.ts'
import type { Dependent } from './failure.ts'

/** An entity as the API lists it. `revision` is the one that last touched it; a write carries it back. */
export type Row<T extends EntityType = EntityType> = Entity<T> & { created_at: string; updated_at: string; revision: number; updated_by: string | null }

export interface ListQuery {
  search?: string
  where?: Record<string, string>
  sort?: { field: string; order: 'asc' | 'desc' }
  cursor?: string
  limit?: number
}

export interface Listing<T extends EntityType = EntityType> {
  items: Row<T>[]
  next: string | null
  total: number
}

interface Written<T extends EntityType> {
  item: Row<T>
  revision: number
  shown_once?: Record<string, string>
}

type Value = Record<string, unknown>

/** The same shape as tRPC's own keys, so that its filters reach these queries too. */
function keyOf(type: EntityType, procedure: string, input: unknown): QueryKey {
  return [[ENTITIES[type].plural, procedure], { input, type: 'query' }]
}

/**
 * Every entity has the same procedures, so one call by name serves all of them. The path is made of the registry's plural;
 * the types of the answers are the contract's, which tRPC cannot pick by a type that is only known at run time.
 */
function useCall() {
  const client = useTRPCClient()
  return useMemo(() => {
    const untyped = getUntypedClient(client)
    return {
      query: <R>(type: EntityType, procedure: string, input: unknown) => untyped.query(`${ENTITIES[type].plural}.${procedure}`, input) as Promise<R>,
      mutate: <R>(type: EntityType, procedure: string, input: unknown) => untyped.mutation(`${ENTITIES[type].plural}.${procedure}`, input) as Promise<R>,
    }
  }, [client])
}

export function useEntityList<T extends EntityType>(type: T, query: ListQuery, options: { enabled?: boolean } = {}) {
  const call = useCall()
  return useQuery({
    queryKey: keyOf(type, 'list', query),
    queryFn: () => call.query<Listing<T>>(type, 'list', query),
    placeholderData: keepPreviousData,
    enabled: options.enabled ?? true,
  })
}

const FIRST_PAGE = 50
/** The API's largest page: a list of thousands is read again after every change, and that should be few calls. */
const NEXT_PAGE = 500

/** A listing page by page; `tookMs` says how long its first page took. */
export function useEntityPages<T extends EntityType>(type: T, query: Omit<ListQuery, 'cursor' | 'limit'>, options: { enabled?: boolean } = {}) {
  const call = useCall()
  const read = async (cursor: string | null) => {
    const began = performance.now()
    const page = await call.query<Listing<T>>(type, 'list', cursor === null ? { ...query, limit: FIRST_PAGE } : { ...query, cursor, limit: NEXT_PAGE })
    return { ...page, tookMs: performance.now() - began }
  }
  return useInfiniteQuery({
    queryKey: [[ENTITIES[type].plural, 'list'], { input: query, type: 'infinite' }],
    queryFn: ({ pageParam }) => read(pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    enabled: options.enabled ?? true,
  })
}

export function useEntity<T extends EntityType>(type: T, id: string | null) {
  const call = useCall()
  return useQuery({ queryKey: keyOf(type, 'get', { id }), queryFn: () => call.query<Row<T>>(type, 'get', { id }), enabled: id !== null })
}

/** Finds the id behind a name, by the field that people call the type by; null where there is none. */
export function useFindByName(type: EntityType): (name: string) => Promise<string | null> {
  const call = useCall()
  return useCallback(
    async (name: string) => {
      const { label } = ENTITIES[type]
      if (label === null) return null
      const { items } = await call.query<Listing>(type, 'list', { where: { [label]: name }, limit: 1 })
      return items[0]?.id ?? null
    },
    [call, type],
  )
}

export function useDependents(type: EntityType, id: string, options: { enabled: boolean }) {
  const call = useCall()
  return useQuery({
    queryKey: keyOf(type, 'dependents', { id }),
    queryFn: () => call.query<{ items: Dependent[]; total: number }>(type, 'dependents', { id }),
    enabled: options.enabled,
    staleTime: 0,
  })
}

/**
 * What was written is known at once; everything else may be shown through it and is read again meanwhile. Nobody waits for that: the write is
 * done when the control plane has said so.
 */
function useKeep<T extends EntityType>(type: T) {
  const queryClient = useQueryClient()
  return ({ item }: Written<T>) => {
    queryClient.setQueryData(keyOf(type, 'get', { id: item.id }), item)
    void queryClient.invalidateQueries()
  }
}

export function useCreate<T extends EntityType>(type: T) {
  const call = useCall()
  const keep = useKeep(type)
  return useMutation({ mutationFn: (input: { value: Value }) => call.mutate<Written<T>>(type, 'create', input), onSuccess: keep })
}

export function useUpdate<T extends EntityType>(type: T) {
  const call = useCall()
  const keep = useKeep(type)
  return useMutation({ mutationFn: (input: { id: string; value: Value; revision: number }) => call.mutate<Written<T>>(type, 'update', input), onSuccess: keep })
}

export function useRemove(type: EntityType) {
  const call = useCall()
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (input: { id: string; revision: number; cascade?: boolean }) => call.mutate<{ revision: number }>(type, 'remove', input),
    // The page of what was deleted is still there until it has gone elsewhere; asking for it again would only show that it is missing.
    onSuccess: (_, { id }) => {
      const gone = JSON.stringify(keyOf(type, 'get', { id }))
      void queryClient.invalidateQueries({ predicate: (query) => JSON.stringify(query.queryKey) !== gone })
    },
  })
}
