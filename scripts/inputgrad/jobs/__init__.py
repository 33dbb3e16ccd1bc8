"""What Snakemake sees: the graph, the jobs that complete cells, their logs."""
