"""The yente / OpenSanctions matching API over the lists in force, so that its clients work unchanged.

A parameter that is not honoured is refused with 422, never ignored: a dropped `exclude_entity_ids` or
`changed_since` would be a compliance fault. Shapes follow yente 5 (https://api.opensanctions.org/).
"""
