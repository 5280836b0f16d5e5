'use client'

import { NewEntity } from '../entities/new-entity.tsx'
import { HostField } from './host-field.tsx'
import { SERVICE_SECTIONS, SERVICE_SUMMARY, serviceAdvice } from './service-form.ts'

export const SERVICE_CONTROLS = { host: HostField }

export function NewService() {
  return (
    <NewEntity
      type="service"
      intro="An application behind the gateway. It gets requests as soon as it has a route."
      backHref="/services"
      afterHref={(service) => `/services/${service.id}?tab=routes`}
      sections={SERVICE_SECTIONS}
      summary={SERVICE_SUMMARY}
      controls={SERVICE_CONTROLS}
      advice={serviceAdvice}
    />
  )
}
