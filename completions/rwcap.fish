# rwcap in fish. Written by `python -m rwcap.reference`: changes belong there.

# Print the command that is typed, the number of its operands, and its options.
function __rwcap_typed
    set -l command rwcap
    set -l operands 0
    set -l options
    set -l pending
    set -l words (commandline -opc)
    for word in $words[2..]
        if test -n "$pending"
            set pending
            continue
        end
        switch $word
            case -p --prompt --prompt-file --preset --model --delivery --fetch --task-uuid --webhook-url --prepare --max-side --max-pixels --pairs --max-chars --fields --schema --keywords --vocabulary --write --out-dir --mode --placeholder-descriptions --max-cost --retry-quality --timeout --retries --api-url --profile --output-type --output-format --output-quality --ttl --upload-endpoint --files-from --include --exclude --max-depth --limit --sample --seed -o --output --columns --delimiter --layout --ext --collide --prefix --suffix --template --report --pilot -c --concurrency --grace --max-errors --max-duration --engine --ray-address --texts --check --on-fail --only --since --until --by
                set pending $word
                set -a options $word
            case '-*'
                set -a options (string replace -r '=.*' '' -- $word)
            case '*'
                switch "$command $word"
                    case 'rwcap caption' 'rwcap batch' 'rwcap cost' 'rwcap cost estimate' 'rwcap cost balance' 'rwcap cost reconcile' 'rwcap cost recover' 'rwcap config' 'rwcap config set-key' 'rwcap config status' 'rwcap config remove-key' 'rwcap config list' 'rwcap config get' 'rwcap config set' 'rwcap config unset' 'rwcap config path' 'rwcap config doctor'
                        set command "$command $word"
                    case '*'
                        set operands (math $operands + 1)
                end
        end
    end
    # An option whose value is being typed is not given yet.
    test -n "$pending"; and set -e options[-1]
    printf '%s\n' $command $operands $options
end

# Whether this command is typed, and none of these options.
function __rwcap_lacks
    set -l typed (__rwcap_typed)
    test "$typed[1]" = "$argv[1]"; or return 1
    for option in $argv[2..]
        contains -- $option $typed[3..]; and return 1
    end
    return 0
end

# Whether this command is typed, with at least so many operands, and at most so many.
function __rwcap_has
    set -l typed (__rwcap_typed)
    test "$typed[1]" = "$argv[1]" -a $typed[2] -ge $argv[2] -a $typed[2] -le $argv[3]
end

# Print folders, and files that end as these suffixes say.
function __rwcap_files
    set -l suffixes (string join '|' -- $argv)
    __fish_complete_path (commandline -ct) |
        string match -ri "^[^\t]*(?:/|\.(?:$suffixes))(?:\t.*)?\$"
end

complete -c rwcap -f

# rwcap
complete -c rwcap -n "__rwcap_has 'rwcap' 0 0" -a caption -d 'Caption images and print the text.'
complete -c rwcap -n "__rwcap_has 'rwcap' 0 0" -a batch -d 'Caption many images and write the captions to files.'
complete -c rwcap -n "__rwcap_has 'rwcap' 0 0" -a cost -d 'Show what was spent, estimate costs, and compare with the account.'
complete -c rwcap -n "__rwcap_has 'rwcap' 0 0" -a config -d 'Manage the API key and the settings, and find problems.'
complete -c rwcap -n "__rwcap_lacks 'rwcap' -V --version" -s V -l version -d 'Print the version and exit.'
complete -c rwcap -n "__rwcap_lacks 'rwcap' -h --help" -s h -l help -d 'Show a summary (-h) or every option (--help).'

# rwcap caption
complete -c rwcap -n "__rwcap_has 'rwcap caption' 0 1000000" -x -a '(__rwcap_files jpg jpeg jpe jfif png webp gif bmp tif tiff avif heic heif cr2 cr3 nef nrw arw orf raf rw2 pef dng srw)'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --show" -l show -d 'Print the captions that the images already have; buy nothing.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' -p --prompt" -s p -l prompt -x -d 'Question or instruction; without it the model describes the image.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption'" -l prompt-file -r -F -d 'Read the prompt from FILE (- for standard input); with --sample, a batch compares several.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --preset" -l preset -x -a 'alt caption detailed shop archive social tags' -d 'Use a named prompt: alt, caption, detailed, tags, shop, archive, social, or your own.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --model" -l model -x -d 'Model that writes the caption.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --delivery" -l delivery -x -a 'sync async' -d 'Wait for the reply, or submit and poll for it (default: sync).'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --no-wait" -l no-wait -d 'Submit, print the task UUID, and do not wait.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --fetch" -l fetch -x -d 'Print the caption of an earlier task; buy nothing.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --task-uuid" -l task-uuid -x -d 'Use this task UUID (UUID v4; one image only).'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --webhook-url" -l webhook-url -x -d 'Let Runware post the result to URL; rwcap prints the task UUID.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --no-include-cost" -l no-include-cost -d 'Do not request the price; the cost stays unknown.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --prepare" -l prepare -x -a 'auto always never' -d 'Decode and convert images where needed (auto), always, or never.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --max-side" -l max-side -x -d 'Scale images down to at most this long side (0: never).'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --max-pixels" -l max-pixels -x -d 'Refuse images with more pixels than this.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --pairs" -l pairs -x -a 'together separate' -d 'Treat a raw file and its JPEG as one image (together) or two.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --alt" -l alt -d 'Write short alternative text; a long reply is cut after a sentence.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --max-chars" -l max-chars -x -d 'Maximum length of alternative text, in characters.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --fields" -l fields -x -d 'Ask for several values at once: title,alt,description,keywords, or your own, such as "colour, people:int, indoor:bool, parts[]".'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --schema" -l schema -r -F -d 'Ask for the fields of a JSON Schema.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --keywords" -l keywords -x -d 'Maximum number of keywords.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --vocabulary" -l vocabulary -r -F -d 'Prefer the keywords in FILE, one a line; a line such as sea, ocean > water maps other words to one.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --vocabulary-only" -l vocabulary-only -d 'Leave out keywords that are not in the vocabulary.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption'" -l write -x -a 'txt xmp embed metadata' -d 'Write captions to text or XMP files beside the images, or into the images (embed); metadata: into the images where possible, otherwise to XMP files (repeatable).'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --out-dir" -l out-dir -x -a '(__fish_complete_directories)' -d 'Write text and XMP files to DIR, in the same subfolders.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --mode" -l mode -x -a 'skip overwrite append prepend remove' -d 'What to do with existing texts.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --backup" -l backup -d 'Keep the original of each changed image as NAME.orig.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --no-keep-time" -l no-keep-time -d 'Update the modification time of changed images.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --ignore-existing" -l ignore-existing -d 'Look for existing captions only in the XMP that is written.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption'" -l placeholder-descriptions -x -d 'Text of a camera that does not count as a caption (repeatable).'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --json" -l json -d 'Print one JSON document: a record, or a list for several images.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --jsonl" -l jsonl -d 'Print one JSON record per line, as soon as it is known.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' -q --quiet" -s q -l quiet -d 'Print errors only.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption'" -s v -l verbose -d 'Print more messages; -vv adds tracebacks.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --fresh" -l fresh -d 'Buy again captions that an earlier run bought.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --rebuy-ambiguous" -l rebuy-ambiguous -d 'Buy again captions that may have been charged but never arrived.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --max-cost" -l max-cost -x -d 'Limit for this run, in dollars (for a daily limit: rwcap config set budget.day 1.50).'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --retry-quality" -l retry-quality -x -d 'If the text is too long, or fields are missing, buy up to N others.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --dry-run" -l dry-run -d 'Print what would be sent, and send nothing; needs no key.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --sandbox" -l sandbox -d 'Use the offline sandbox, not Runware: no key, no network, no money.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --timeout" -l timeout -x -d 'Maximum time to wait for a reply.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --retries" -l retries -x -d 'Number of retries, all under one task UUID.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --api-url" -l api-url -x -d 'Another API address (https, or http on this machine).'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --profile" -l profile -x -d 'Use the settings (and the key) of the profile NAME.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --output-type" -l output-type -x -a 'URL base64Data dataURI' -d 'How the image is returned (default: URL).'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --output-format" -l output-format -x -a 'JPG PNG WEBP' -d 'File format of the image (default: JPG).'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --output-quality" -l output-quality -x -d 'Compression quality, 20 to 99 (default: 95).'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --ttl" -l ttl -x -d 'Lifetime of the image\'s URL, 60 or more.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' --upload-endpoint" -l upload-endpoint -x -d 'URL to upload the image to, by HTTP PUT.'
complete -c rwcap -n "__rwcap_lacks 'rwcap caption' -h --help" -s h -l help -d 'Show a summary (-h) or every option (--help).'

# rwcap batch
complete -c rwcap -n "__rwcap_has 'rwcap batch' 0 1000000" -x -a '(__rwcap_files jpg jpeg jpe jfif png webp gif bmp tif tiff avif heic heif cr2 cr3 nef nrw arw orf raf rw2 pef dng srw csv tsv json jsonl ndjson parquet)'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --files-from" -l files-from -r -F -d 'Read more sources from FILE, one per line (- for standard input).'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' -0" -s 0 -d 'Sources in --files-from end with a NUL byte (find -print0).'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch'" -l include -x -d 'In folders, take only matching files, of any extension (repeatable).'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch'" -l exclude -x -d 'In folders, leave out matching files and folders (repeatable).'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --max-depth" -l max-depth -x -d 'Maximum depth of folders; 1 is the folder itself.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --limit" -l limit -x -d 'Buy captions for at most N images.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --sample" -l sample -x -d 'Caption N images chosen at random.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --seed" -l seed -x -d 'Seed of the random sample.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --checksum" -l checksum -d 'Read images even if size and time are unchanged; not where the output exists.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' -p --prompt" -s p -l prompt -x -d 'Question or instruction; without it the model describes the image.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch'" -l prompt-file -r -F -d 'Read the prompt from FILE (- for standard input); with --sample, a batch compares several.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --preset" -l preset -x -a 'alt caption detailed shop archive social tags' -d 'Use a named prompt: alt, caption, detailed, tags, shop, archive, social, or your own.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --model" -l model -x -d 'Model that writes the caption.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --delivery" -l delivery -x -a 'sync async' -d 'Wait for the reply, or submit and poll for it (default: sync).'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --no-include-cost" -l no-include-cost -d 'Do not request the price; the cost stays unknown.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --prepare" -l prepare -x -a 'auto always never' -d 'Decode and convert images where needed (auto), always, or never.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --max-side" -l max-side -x -d 'Scale images down to at most this long side (0: never).'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --max-pixels" -l max-pixels -x -d 'Refuse images with more pixels than this.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --pairs" -l pairs -x -a 'together separate' -d 'Treat a raw file and its JPEG as one image (together) or two.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --alt" -l alt -d 'Write short alternative text; a long reply is cut after a sentence.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --max-chars" -l max-chars -x -d 'Maximum length of alternative text, in characters.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --fields" -l fields -x -d 'Ask for several values at once: title,alt,description,keywords, or your own, such as "colour, people:int, indoor:bool, parts[]".'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --schema" -l schema -r -F -d 'Ask for the fields of a JSON Schema.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --keywords" -l keywords -x -d 'Maximum number of keywords.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --vocabulary" -l vocabulary -r -F -d 'Prefer the keywords in FILE, one a line; a line such as sea, ocean > water maps other words to one.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --vocabulary-only" -l vocabulary-only -d 'Leave out keywords that are not in the vocabulary.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --ignore-existing" -l ignore-existing -d 'Look for existing captions only in the XMP that is written.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch'" -l placeholder-descriptions -x -d 'Text of a camera that does not count as a caption (repeatable).'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch'" -l write -x -a 'txt xmp embed metadata' -d 'Write captions to text or XMP files beside the images, or into the images (embed); metadata: into the images where possible, otherwise to XMP files (repeatable).'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' -o --output" -s o -l output -r -F -d 'Append a record for each image to FILE: .jsonl, .csv, .tsv, .parquet; or add Parquet files to FOLDER/ or s3://BUCKET/FOLDER/.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --columns" -l columns -x -d 'The columns of a CSV or Parquet file, such as image,text.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --delimiter" -l delimiter -x -d 'The delimiter of a CSV file (-o): , ; | or tab.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --bom" -l bom -d 'Begin a CSV file (-o) with a byte order mark, which some spreadsheets need.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --layout" -l layout -x -a 'records imagefolder' -d 'Write records, or the metadata of a Hugging Face ImageFolder (-o photos/metadata.jsonl).'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --ext" -l ext -x -d 'File name extension of the text files.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --out-dir" -l out-dir -x -a '(__fish_complete_directories)' -d 'Write text and XMP files to DIR, in the same subfolders.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --mode" -l mode -x -a 'skip overwrite append prepend remove' -d 'What to do with existing texts.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --hold" -l hold -d 'Buy captions and keep them (ledger, -o); write them to no image yet.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --collide" -l collide -x -a 'error suffix always' -d 'If two images would share a.txt: refuse the second (error), name it a.png.txt (suffix), or name all files like that (always).'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --backup" -l backup -d 'Keep the original of each changed image as NAME.orig.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --no-keep-time" -l no-keep-time -d 'Update the modification time of changed images.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --prefix" -l prefix -x -d 'Text before each written caption.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --suffix" -l suffix -x -d 'Text after each written caption.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --template" -l template -x -d 'Pattern of written captions: {caption}, {name}, {stem}, columns, fields.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --jsonl" -l jsonl -d 'Print one JSON record per line, as soon as it is known.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --report" -l report -r -F -d 'Write the summary of the run to FILE as JSON; or FILE.html, a page with all images and captions.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' -q --quiet" -s q -l quiet -d 'Print errors only.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch'" -s v -l verbose -d 'Print more messages; -vv adds tracebacks.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --fresh" -l fresh -d 'Buy again captions that an earlier run bought.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --rebuy-ambiguous" -l rebuy-ambiguous -d 'Buy again captions that may have been charged but never arrived.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --max-cost" -l max-cost -x -d 'Limit for this run, in dollars (for a daily limit: rwcap config set budget.day 1.50).'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --retry-quality" -l retry-quality -x -d 'If the text is too long, or fields are missing, buy up to N others.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --pilot" -l pilot -x -d 'Caption N images at random, estimate the rest, and ask.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --yes" -l yes -d 'Continue after the pilot without asking.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --dry-run" -l dry-run -d 'Print what would be sent, and send nothing; needs no key.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --sandbox" -l sandbox -d 'Use the offline sandbox, not Runware: no key, no network, no money.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' -c --concurrency" -s c -l concurrency -x -d 'Maximum requests in flight; fewer while the service is busy.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --timeout" -l timeout -x -d 'Maximum time to wait for a reply.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --retries" -l retries -x -d 'Number of retries, all under one task UUID.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --grace" -l grace -x -d 'Time to wait for requests in flight after Ctrl-C.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --max-errors" -l max-errors -x -d 'Stop after N failures.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --max-duration" -l max-duration -x -d 'Stop after this time.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --watch" -l watch -d 'Go on until stopped: caption images that come to the folders.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --no-input" -l no-input -d 'Never ask a question; without --yes, the answer is no.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --api-url" -l api-url -x -d 'Another API address (https, or http on this machine).'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --profile" -l profile -x -d 'Use the settings (and the key) of the profile NAME.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --engine" -l engine -x -a 'local ray' -d 'Caption on this machine (local), or a Parquet table on a Ray cluster (ray).'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --ray-address" -l ray-address -x -d 'The Ray cluster: auto, or HOST:PORT; without it, this machine.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --texts" -l texts -r -F -d 'Write the texts of a table (.csv, .tsv, .json, .jsonl, .parquet) to their images; buy nothing.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --check-only" -l check-only -d 'Check the captions that exist, and print those that fail; buy nothing.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch'" -l check -x -a 'empty loop script cut-off markup too-long too-short refusal preamble hedging meta-words near-identical common-phrase all none' -d 'Check for this (repeatable), before captions are written; --check-only checks for all without it.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --on-fail" -l on-fail -x -a 'warn fail retry drop-sentence' -d 'What to do with a new caption that fails: write it and report its faults (warn), do not write it (fail), buy another one (retry), or leave out sentences that fail (drop-sentence).'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --only" -l only -x -a 'failed-checks' -d 'Caption only images whose caption fails a check, again, and replace the texts that are of rwcap.'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' --json" -l json -d 'Print one JSON document (with --check-only or several prompts).'
complete -c rwcap -n "__rwcap_lacks 'rwcap batch' -h --help" -s h -l help -d 'Show a summary (-h) or every option (--help).'

# rwcap cost
complete -c rwcap -n "__rwcap_has 'rwcap cost' 0 0" -a estimate -d 'Estimate the cost of a batch; buy nothing.'
complete -c rwcap -n "__rwcap_has 'rwcap cost' 0 0" -a balance -d 'Show the balance and the usage of the account.'
complete -c rwcap -n "__rwcap_has 'rwcap cost' 0 0" -a reconcile -d 'Compare the account with the ledger, day by day.'
complete -c rwcap -n "__rwcap_has 'rwcap cost' 0 0" -a recover -d 'Settle open and ambiguous purchases; buy nothing.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost' --since" -l since -x -d 'First day: 2026-11-24, 2026-11, today, yesterday, or 7d (days ago).'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost' --until" -l until -x -d 'Last day.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost' --by" -l by -x -a 'day month folder prompt run week model status check' -d 'Show the costs for each of these.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost' --json" -l json -d 'Print one JSON document.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost' --csv" -l csv -d 'Print the groups of --by as CSV.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost' -q --quiet" -s q -l quiet -d 'Print errors only.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost' --sandbox" -l sandbox -d 'Use the offline sandbox, not Runware: no key, no network, no money.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost' --api-url" -l api-url -x -d 'Another API address (https, or http on this machine).'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost' --profile" -l profile -x -d 'Use the settings (and the key) of the profile NAME.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost' -h --help" -s h -l help -d 'Show a summary (-h) or every option (--help).'

# rwcap cost estimate
complete -c rwcap -n "__rwcap_has 'rwcap cost estimate' 0 1000000" -x -a '(__rwcap_files jpg jpeg jpe jfif png webp gif bmp tif tiff avif heic heif cr2 cr3 nef nrw arw orf raf rw2 pef dng srw csv tsv json jsonl ndjson parquet)'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --files-from" -l files-from -r -F -d 'Read more sources from FILE, one per line (- for standard input).'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' -0" -s 0 -d 'Sources in --files-from end with a NUL byte (find -print0).'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate'" -l include -x -d 'In folders, take only matching files, of any extension (repeatable).'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate'" -l exclude -x -d 'In folders, leave out matching files and folders (repeatable).'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --max-depth" -l max-depth -x -d 'Maximum depth of folders; 1 is the folder itself.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --limit" -l limit -x -d 'Buy captions for at most N images.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --sample" -l sample -x -d 'Caption N images chosen at random.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --seed" -l seed -x -d 'Seed of the random sample.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --checksum" -l checksum -d 'Read images even if size and time are unchanged; not where the output exists.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' -p --prompt" -s p -l prompt -x -d 'Question or instruction; without it the model describes the image.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate'" -l prompt-file -r -F -d 'Read the prompt from FILE (- for standard input); with --sample, a batch compares several.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --preset" -l preset -x -a 'alt caption detailed shop archive social tags' -d 'Use a named prompt: alt, caption, detailed, tags, shop, archive, social, or your own.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --model" -l model -x -d 'Model that writes the caption.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --delivery" -l delivery -x -a 'sync async' -d 'Wait for the reply, or submit and poll for it (default: sync).'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --no-include-cost" -l no-include-cost -d 'Do not request the price; the cost stays unknown.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --prepare" -l prepare -x -a 'auto always never' -d 'Decode and convert images where needed (auto), always, or never.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --max-side" -l max-side -x -d 'Scale images down to at most this long side (0: never).'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --max-pixels" -l max-pixels -x -d 'Refuse images with more pixels than this.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --pairs" -l pairs -x -a 'together separate' -d 'Treat a raw file and its JPEG as one image (together) or two.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --alt" -l alt -d 'Write short alternative text; a long reply is cut after a sentence.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --max-chars" -l max-chars -x -d 'Maximum length of alternative text, in characters.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --fields" -l fields -x -d 'Ask for several values at once: title,alt,description,keywords, or your own, such as "colour, people:int, indoor:bool, parts[]".'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --schema" -l schema -r -F -d 'Ask for the fields of a JSON Schema.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --keywords" -l keywords -x -d 'Maximum number of keywords.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --vocabulary" -l vocabulary -r -F -d 'Prefer the keywords in FILE, one a line; a line such as sea, ocean > water maps other words to one.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --vocabulary-only" -l vocabulary-only -d 'Leave out keywords that are not in the vocabulary.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' -q --quiet" -s q -l quiet -d 'Print errors only.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate'" -s v -l verbose -d 'Print more messages; -vv adds tracebacks.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --fresh" -l fresh -d 'Buy again captions that an earlier run bought.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --rebuy-ambiguous" -l rebuy-ambiguous -d 'Buy again captions that may have been charged but never arrived.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --max-cost" -l max-cost -x -d 'Limit for this run, in dollars (for a daily limit: rwcap config set budget.day 1.50).'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --retry-quality" -l retry-quality -x -d 'If the text is too long, or fields are missing, buy up to N others.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --pilot" -l pilot -x -d 'Caption N images at random, estimate the rest, and ask.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --yes" -l yes -d 'Continue after the pilot without asking.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --dry-run" -l dry-run -d 'Print what would be sent, and send nothing; needs no key.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --sandbox" -l sandbox -d 'Use the offline sandbox, not Runware: no key, no network, no money.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' -c --concurrency" -s c -l concurrency -x -d 'Maximum requests in flight; fewer while the service is busy.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --timeout" -l timeout -x -d 'Maximum time to wait for a reply.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --retries" -l retries -x -d 'Number of retries, all under one task UUID.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --grace" -l grace -x -d 'Time to wait for requests in flight after Ctrl-C.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --max-errors" -l max-errors -x -d 'Stop after N failures.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --max-duration" -l max-duration -x -d 'Stop after this time.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --watch" -l watch -d 'Go on until stopped: caption images that come to the folders.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --no-input" -l no-input -d 'Never ask a question; without --yes, the answer is no.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --api-url" -l api-url -x -d 'Another API address (https, or http on this machine).'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --profile" -l profile -x -d 'Use the settings (and the key) of the profile NAME.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --engine" -l engine -x -a 'local ray' -d 'Caption on this machine (local), or a Parquet table on a Ray cluster (ray).'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --ray-address" -l ray-address -x -d 'The Ray cluster: auto, or HOST:PORT; without it, this machine.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --ignore-existing" -l ignore-existing -d 'Look for existing captions only in the XMP that is written.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate'" -l placeholder-descriptions -x -d 'Text of a camera that does not count as a caption (repeatable).'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate'" -l write -x -a 'txt xmp embed metadata' -d 'Write captions to text or XMP files beside the images, or into the images (embed); metadata: into the images where possible, otherwise to XMP files (repeatable).'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' -o --output" -s o -l output -r -F -d 'Append a record for each image to FILE: .jsonl, .csv, .tsv, .parquet; or add Parquet files to FOLDER/ or s3://BUCKET/FOLDER/.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --columns" -l columns -x -d 'The columns of a CSV or Parquet file, such as image,text.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --delimiter" -l delimiter -x -d 'The delimiter of a CSV file (-o): , ; | or tab.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --bom" -l bom -d 'Begin a CSV file (-o) with a byte order mark, which some spreadsheets need.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --layout" -l layout -x -a 'records imagefolder' -d 'Write records, or the metadata of a Hugging Face ImageFolder (-o photos/metadata.jsonl).'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --ext" -l ext -x -d 'File name extension of the text files.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --out-dir" -l out-dir -x -a '(__fish_complete_directories)' -d 'Write text and XMP files to DIR, in the same subfolders.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --mode" -l mode -x -a 'skip overwrite append prepend remove' -d 'What to do with existing texts.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --hold" -l hold -d 'Buy captions and keep them (ledger, -o); write them to no image yet.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --collide" -l collide -x -a 'error suffix always' -d 'If two images would share a.txt: refuse the second (error), name it a.png.txt (suffix), or name all files like that (always).'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --backup" -l backup -d 'Keep the original of each changed image as NAME.orig.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --no-keep-time" -l no-keep-time -d 'Update the modification time of changed images.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --prefix" -l prefix -x -d 'Text before each written caption.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --suffix" -l suffix -x -d 'Text after each written caption.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --template" -l template -x -d 'Pattern of written captions: {caption}, {name}, {stem}, columns, fields.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --report" -l report -r -F -d 'Write the summary of the run to FILE as JSON; or FILE.html, a page with all images and captions.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' --json --jsonl" -l json -l jsonl -d 'Print one JSON document.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost estimate' -h --help" -s h -l help -d 'Show a summary (-h) or every option (--help).'

# rwcap cost balance
complete -c rwcap -n "__rwcap_lacks 'rwcap cost balance' --json" -l json -d 'Print one JSON document.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost balance' -q --quiet" -s q -l quiet -d 'Print errors only.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost balance'" -s v -l verbose -d 'Print more messages; -vv adds tracebacks.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost balance' --sandbox" -l sandbox -d 'Use the offline sandbox, not Runware: no key, no network, no money.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost balance' --timeout" -l timeout -x -d 'Maximum time to wait for a reply.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost balance' --retries" -l retries -x -d 'Number of retries, all under one task UUID.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost balance' --api-url" -l api-url -x -d 'Another API address (https, or http on this machine).'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost balance' --profile" -l profile -x -d 'Use the settings (and the key) of the profile NAME.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost balance' -h --help" -s h -l help -d 'Show a summary (-h) or every option (--help).'

# rwcap cost reconcile
complete -c rwcap -n "__rwcap_lacks 'rwcap cost reconcile' --since" -l since -x -d 'First day: 2026-11-24, 2026-11, today, yesterday, or 7d (days ago).'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost reconcile' --until" -l until -x -d 'Last day.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost reconcile' --json" -l json -d 'Print one JSON document.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost reconcile' -q --quiet" -s q -l quiet -d 'Print errors only.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost reconcile'" -s v -l verbose -d 'Print more messages; -vv adds tracebacks.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost reconcile' --sandbox" -l sandbox -d 'Use the offline sandbox, not Runware: no key, no network, no money.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost reconcile' --timeout" -l timeout -x -d 'Maximum time to wait for a reply.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost reconcile' --retries" -l retries -x -d 'Number of retries, all under one task UUID.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost reconcile' --api-url" -l api-url -x -d 'Another API address (https, or http on this machine).'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost reconcile' --profile" -l profile -x -d 'Use the settings (and the key) of the profile NAME.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost reconcile' -h --help" -s h -l help -d 'Show a summary (-h) or every option (--help).'

# rwcap cost recover
complete -c rwcap -n "__rwcap_lacks 'rwcap cost recover' --json" -l json -d 'Print one JSON document.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost recover' -q --quiet" -s q -l quiet -d 'Print errors only.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost recover'" -s v -l verbose -d 'Print more messages; -vv adds tracebacks.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost recover' --sandbox" -l sandbox -d 'Use the offline sandbox, not Runware: no key, no network, no money.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost recover' --timeout" -l timeout -x -d 'Maximum time to wait for a reply.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost recover' --api-url" -l api-url -x -d 'Another API address (https, or http on this machine).'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost recover' --profile" -l profile -x -d 'Use the settings (and the key) of the profile NAME.'
complete -c rwcap -n "__rwcap_lacks 'rwcap cost recover' -h --help" -s h -l help -d 'Show a summary (-h) or every option (--help).'

# rwcap config
complete -c rwcap -n "__rwcap_has 'rwcap config' 0 0" -a set-key -d 'Store the API key.'
complete -c rwcap -n "__rwcap_has 'rwcap config' 0 0" -a status -d 'Show the source of the key and whether it is valid.'
complete -c rwcap -n "__rwcap_has 'rwcap config' 0 0" -a remove-key -d 'Remove the stored key.'
complete -c rwcap -n "__rwcap_has 'rwcap config' 0 0" -a list -d 'Print every setting with its source and value.'
complete -c rwcap -n "__rwcap_has 'rwcap config' 0 0" -a get -d 'Print the value of one setting.'
complete -c rwcap -n "__rwcap_has 'rwcap config' 0 0" -a set -d 'Set a default for an option in your config.toml.'
complete -c rwcap -n "__rwcap_has 'rwcap config' 0 0" -a unset -d 'Remove a setting from your config.toml.'
complete -c rwcap -n "__rwcap_has 'rwcap config' 0 0" -a path -d 'Print the folder that holds the settings and the key.'
complete -c rwcap -n "__rwcap_has 'rwcap config' 0 0" -a doctor -d 'Check the installation and show how to fix problems.'
complete -c rwcap -n "__rwcap_lacks 'rwcap config' -h --help" -s h -l help -d 'Show a summary (-h) or every option (--help).'

# rwcap config set-key
complete -c rwcap -n "__rwcap_lacks 'rwcap config set-key' --from-runware" -l from-runware -d 'Take it from Runware\'s own command-line tool.'
complete -c rwcap -n "__rwcap_lacks 'rwcap config set-key' --no-verify" -l no-verify -d 'Use no network.'
complete -c rwcap -n "__rwcap_lacks 'rwcap config set-key' --profile" -l profile -x -d 'Use the key of the profile NAME.'
complete -c rwcap -n "__rwcap_lacks 'rwcap config set-key' --no-input" -l no-input -d 'Never ask; read standard input.'
complete -c rwcap -n "__rwcap_lacks 'rwcap config set-key' --api-url" -l api-url -x -d 'Another API address (https, or http on this machine).'
complete -c rwcap -n "__rwcap_lacks 'rwcap config set-key' -h --help" -s h -l help -d 'Show a summary (-h) or every option (--help).'

# rwcap config status
complete -c rwcap -n "__rwcap_lacks 'rwcap config status' --json" -l json -d 'Print one JSON document.'
complete -c rwcap -n "__rwcap_lacks 'rwcap config status' --no-verify" -l no-verify -d 'Use no network.'
complete -c rwcap -n "__rwcap_lacks 'rwcap config status' --api-url" -l api-url -x -d 'Another API address (https, or http on this machine).'
complete -c rwcap -n "__rwcap_lacks 'rwcap config status' --profile" -l profile -x -d 'Use the settings (and the key) of the profile NAME.'
complete -c rwcap -n "__rwcap_lacks 'rwcap config status' -h --help" -s h -l help -d 'Show a summary (-h) or every option (--help).'

# rwcap config remove-key
complete -c rwcap -n "__rwcap_lacks 'rwcap config remove-key' --profile" -l profile -x -d 'Use the key of the profile NAME.'
complete -c rwcap -n "__rwcap_lacks 'rwcap config remove-key' -h --help" -s h -l help -d 'Show a summary (-h) or every option (--help).'

# rwcap config list
complete -c rwcap -n "__rwcap_lacks 'rwcap config list' --json" -l json -d 'Print one JSON document.'
complete -c rwcap -n "__rwcap_lacks 'rwcap config list' --profile" -l profile -x -d 'Use the table [profiles.NAME].'
complete -c rwcap -n "__rwcap_lacks 'rwcap config list' -h --help" -s h -l help -d 'Show a summary (-h) or every option (--help).'

# rwcap config get
complete -c rwcap -n "__rwcap_has 'rwcap config get' 0 0" -x -a 'prompt preset fields schema keywords vocabulary vocabulary_only model prepare max_side write mode placeholder_descriptions ext collide prefix suffix template concurrency timeout retries grace api_url profile budget.run budget.day budget.month'
complete -c rwcap -n "__rwcap_lacks 'rwcap config get' --json" -l json -d 'Print one JSON document.'
complete -c rwcap -n "__rwcap_lacks 'rwcap config get' --profile" -l profile -x -d 'Use the table [profiles.NAME].'
complete -c rwcap -n "__rwcap_lacks 'rwcap config get' -h --help" -s h -l help -d 'Show a summary (-h) or every option (--help).'

# rwcap config set
complete -c rwcap -n "__rwcap_has 'rwcap config set' 0 0" -x -a 'prompt preset fields schema keywords vocabulary vocabulary_only model prepare max_side write mode placeholder_descriptions ext collide prefix suffix template concurrency timeout retries grace api_url profile budget.run budget.day budget.month'
complete -c rwcap -n "__rwcap_lacks 'rwcap config set' --profile" -l profile -x -d 'Use the table [profiles.NAME].'
complete -c rwcap -n "__rwcap_lacks 'rwcap config set' -h --help" -s h -l help -d 'Show a summary (-h) or every option (--help).'

# rwcap config unset
complete -c rwcap -n "__rwcap_has 'rwcap config unset' 0 0" -x -a 'prompt preset fields schema keywords vocabulary vocabulary_only model prepare max_side write mode placeholder_descriptions ext collide prefix suffix template concurrency timeout retries grace api_url profile budget.run budget.day budget.month'
complete -c rwcap -n "__rwcap_lacks 'rwcap config unset' --profile" -l profile -x -d 'Use the table [profiles.NAME].'
complete -c rwcap -n "__rwcap_lacks 'rwcap config unset' -h --help" -s h -l help -d 'Show a summary (-h) or every option (--help).'

# rwcap config path
complete -c rwcap -n "__rwcap_lacks 'rwcap config path' --json" -l json -d 'Print one JSON document.'
complete -c rwcap -n "__rwcap_lacks 'rwcap config path' -h --help" -s h -l help -d 'Show a summary (-h) or every option (--help).'

# rwcap config doctor
complete -c rwcap -n "__rwcap_lacks 'rwcap config doctor' --json" -l json -d 'Print one JSON document.'
complete -c rwcap -n "__rwcap_lacks 'rwcap config doctor' --offline" -l offline -d 'Use no network.'
complete -c rwcap -n "__rwcap_lacks 'rwcap config doctor' --rescue" -l rescue -d 'Replace each damaged ledger by a new one with every purchase that can be read; keep the damaged file.'
complete -c rwcap -n "__rwcap_lacks 'rwcap config doctor' --profile" -l profile -x -d 'Check the profile NAME.'
complete -c rwcap -n "__rwcap_lacks 'rwcap config doctor' -h --help" -s h -l help -d 'Show a summary (-h) or every option (--help).'
