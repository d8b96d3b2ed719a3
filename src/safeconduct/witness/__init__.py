"""The door of a witness: add-checkpoint over HTTP. What may be cosigned is audit.witnessing's question."""
