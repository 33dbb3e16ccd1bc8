checkpoint add_images:
    input:
        mark=MARK,
    # batches lie beside the index in an append-only store that no rule declares
    output:
        index=RESULTS / "images" / "index.json",
    params:
        listing=JOBS.listing_digest(),
    log:
        "logs/add_images.log",
    benchmark:
        RESULTS / "benchmark" / "add_images.tsv"
    conda:
        "../../environment.yml"
    message:
        "Choose the photographs"
    script:
        "../../scripts/add_images.py"
