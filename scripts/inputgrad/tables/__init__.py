"""The tables: their schema, and the way from the jobs' tables to those of the sample."""
