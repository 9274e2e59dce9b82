-- A unit and all below it, by the tree that a generation froze. $2: the generation; $3: the unit.
with recursive below as (
    select f.unit_id from frozen_unit_figures f
    where f.organization_id = $1 and f.generation_id = $2 and f.unit_id = $3
    union all
    select f.unit_id from frozen_unit_figures f join below on f.parent_id = below.unit_id
    where f.organization_id = $1 and f.generation_id = $2
)
select unit_id from below
