export { labelOf } from '@sluice/shared/entities/label'
