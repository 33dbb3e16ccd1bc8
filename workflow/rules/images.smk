checkpoint add_images:
    input:
        mark=MARK,
    # batches are beside the index in an append-only store that no rule declares
    output:
        index=RESULTS / "images" / "index.json",
    log:
        "logs/add_images.log",
    benchmark:
        RESULTS / "benchmark" / "add_images.tsv"
    conda:
        "../../environment.yml"
    params:
        listing=LISTING,
    message:
        "Choose the photographs"
    script:
        "../../scripts/add_images.py"
