# rwcap in PowerShell. Written by `python -m rwcap.reference`: changes belong there.
Register-ArgumentCompleter -Native -CommandName rwcap -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    # Values are $null (unknown), @{ Words = ... }, or @{ Files = suffixes; any for '' }.
    $tree = @{
        'rwcap' = @{
            Commands = @(
                @{ Name = 'caption'; Help = 'Caption images and print the text.' }
                @{ Name = 'batch'; Help = 'Caption many images and write the captions to files.' }
                @{ Name = 'cost'; Help = 'Show what was spent, estimate costs, and compare with the account.' }
                @{ Name = 'config'; Help = 'Manage the API key and the settings, and find problems.' }
            )
            Operands = @()
            Many = $false
            Options = @(
                @{ Names = @('-V', '--version'); Help = 'Print the version and exit.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show a summary (-h) or every option (--help).'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap caption' = @{
            Commands = @()
            Operands = @(
                @{ Files = @('.jpg', '.jpeg', '.jpe', '.jfif', '.png', '.webp', '.gif', '.bmp', '.tif', '.tiff', '.avif', '.heic', '.heif', '.cr2', '.cr3', '.nef', '.nrw', '.arw', '.orf', '.raf', '.rw2', '.pef', '.dng', '.srw') }
            )
            Many = $true
            Options = @(
                @{ Names = @('--show'); Help = 'Print the captions that the images already have; buy nothing.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-p', '--prompt'); Help = 'Question or instruction; without it the model describes the image.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--prompt-file'); Help = 'Read the prompt from FILE (- for standard input); with --sample, a batch compares several.'; Takes = $true; Value = @{ Files = @('') }; Again = $true }
                @{ Names = @('--preset'); Help = 'Use a named prompt: alt, caption, detailed, tags, shop, archive, social, or your own.'; Takes = $true; Value = @{ Words = @('alt', 'caption', 'detailed', 'shop', 'archive', 'social', 'tags') }; Again = $false }
                @{ Names = @('--model'); Help = 'Model that writes the caption.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--delivery'); Help = 'Wait for the reply, or submit and poll for it (default: sync).'; Takes = $true; Value = @{ Words = @('sync', 'async') }; Again = $false }
                @{ Names = @('--no-wait'); Help = 'Submit, print the task UUID, and do not wait.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--fetch'); Help = 'Print the caption of an earlier task; buy nothing.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--task-uuid'); Help = 'Use this task UUID (UUID v4; one image only).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--webhook-url'); Help = 'Let Runware post the result to URL; rwcap prints the task UUID.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--no-include-cost'); Help = 'Do not request the price; the cost stays unknown.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--prepare'); Help = 'Decode and convert images where needed (auto), always, or never.'; Takes = $true; Value = @{ Words = @('auto', 'always', 'never') }; Again = $false }
                @{ Names = @('--max-side'); Help = 'Scale images down to at most this long side (0: never).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--max-pixels'); Help = 'Refuse images with more pixels than this.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--pairs'); Help = 'Treat a raw file and its JPEG as one image (together) or two.'; Takes = $true; Value = @{ Words = @('together', 'separate') }; Again = $false }
                @{ Names = @('--alt'); Help = 'Write short alternative text; a long reply is cut after a sentence.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--max-chars'); Help = 'Maximum length of alternative text, in characters.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--fields'); Help = 'Ask for several values at once: title,alt,description,keywords, or your own, such as "colour, people:int, indoor:bool, parts[]".'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--schema'); Help = 'Ask for the fields of a JSON Schema.'; Takes = $true; Value = @{ Files = @('') }; Again = $false }
                @{ Names = @('--keywords'); Help = 'Maximum number of keywords.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--vocabulary'); Help = 'Prefer the keywords in FILE, one a line; a line such as sea, ocean > water maps other words to one.'; Takes = $true; Value = @{ Files = @('') }; Again = $false }
                @{ Names = @('--vocabulary-only'); Help = 'Leave out keywords that are not in the vocabulary.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--write'); Help = 'Write captions to text or XMP files beside the images, or into the images (embed); metadata: into the images where possible, otherwise to XMP files (repeatable).'; Takes = $true; Value = @{ Words = @('txt', 'xmp', 'embed', 'metadata') }; Again = $true }
                @{ Names = @('--out-dir'); Help = 'Write text and XMP files to DIR, in the same subfolders.'; Takes = $true; Value = @{ Files = @() }; Again = $false }
                @{ Names = @('--mode'); Help = 'What to do with existing texts.'; Takes = $true; Value = @{ Words = @('skip', 'overwrite', 'append', 'prepend', 'remove') }; Again = $false }
                @{ Names = @('--backup'); Help = 'Keep the original of each changed image as NAME.orig.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--no-keep-time'); Help = 'Update the modification time of changed images.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--ignore-existing'); Help = 'Look for existing captions only in the XMP that is written.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--placeholder-descriptions'); Help = 'Text of a camera that does not count as a caption (repeatable).'; Takes = $true; Value = $null; Again = $true }
                @{ Names = @('--json'); Help = 'Print one JSON document: a record, or a list for several images.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--jsonl'); Help = 'Print one JSON record per line, as soon as it is known.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-q', '--quiet'); Help = 'Print errors only.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-v', '--verbose'); Help = 'Print more messages; -vv adds tracebacks.'; Takes = $false; Value = $null; Again = $true }
                @{ Names = @('--fresh'); Help = 'Buy again captions that an earlier run bought.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--rebuy-ambiguous'); Help = 'Buy again captions that may have been charged but never arrived.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--max-cost'); Help = 'Limit for this run, in dollars (for a daily limit: rwcap config set budget.day 1.50).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--retry-quality'); Help = 'If the text is too long, or fields are missing, buy up to N others.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--dry-run'); Help = 'Print what would be sent, and send nothing; needs no key.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--sandbox'); Help = 'Use the offline sandbox, not Runware: no key, no network, no money.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--timeout'); Help = 'Maximum time to wait for a reply.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--retries'); Help = 'Number of retries, all under one task UUID.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--api-url'); Help = 'Another API address (https, or http on this machine).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--profile'); Help = 'Use the settings (and the key) of the profile NAME.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--output-type'); Help = 'How the image is returned (default: URL).'; Takes = $true; Value = @{ Words = @('URL', 'base64Data', 'dataURI') }; Again = $false }
                @{ Names = @('--output-format'); Help = 'File format of the image (default: JPG).'; Takes = $true; Value = @{ Words = @('JPG', 'PNG', 'WEBP') }; Again = $false }
                @{ Names = @('--output-quality'); Help = 'Compression quality, 20 to 99 (default: 95).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--ttl'); Help = 'Lifetime of the image''s URL, 60 or more.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--upload-endpoint'); Help = 'URL to upload the image to, by HTTP PUT.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show a summary (-h) or every option (--help).'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap batch' = @{
            Commands = @()
            Operands = @(
                @{ Files = @('.jpg', '.jpeg', '.jpe', '.jfif', '.png', '.webp', '.gif', '.bmp', '.tif', '.tiff', '.avif', '.heic', '.heif', '.cr2', '.cr3', '.nef', '.nrw', '.arw', '.orf', '.raf', '.rw2', '.pef', '.dng', '.srw', '.csv', '.tsv', '.json', '.jsonl', '.ndjson', '.parquet') }
            )
            Many = $true
            Options = @(
                @{ Names = @('--files-from'); Help = 'Read more sources from FILE, one per line (- for standard input).'; Takes = $true; Value = @{ Files = @('') }; Again = $false }
                @{ Names = @('-0'); Help = 'Sources in --files-from end with a NUL byte (find -print0).'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--include'); Help = 'In folders, take only matching files, of any extension (repeatable).'; Takes = $true; Value = $null; Again = $true }
                @{ Names = @('--exclude'); Help = 'In folders, leave out matching files and folders (repeatable).'; Takes = $true; Value = $null; Again = $true }
                @{ Names = @('--max-depth'); Help = 'Maximum depth of folders; 1 is the folder itself.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--limit'); Help = 'Buy captions for at most N images.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--sample'); Help = 'Caption N images chosen at random.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--seed'); Help = 'Seed of the random sample.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--checksum'); Help = 'Read images even if size and time are unchanged; not where the output exists.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-p', '--prompt'); Help = 'Question or instruction; without it the model describes the image.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--prompt-file'); Help = 'Read the prompt from FILE (- for standard input); with --sample, a batch compares several.'; Takes = $true; Value = @{ Files = @('') }; Again = $true }
                @{ Names = @('--preset'); Help = 'Use a named prompt: alt, caption, detailed, tags, shop, archive, social, or your own.'; Takes = $true; Value = @{ Words = @('alt', 'caption', 'detailed', 'shop', 'archive', 'social', 'tags') }; Again = $false }
                @{ Names = @('--model'); Help = 'Model that writes the caption.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--delivery'); Help = 'Wait for the reply, or submit and poll for it (default: sync).'; Takes = $true; Value = @{ Words = @('sync', 'async') }; Again = $false }
                @{ Names = @('--no-include-cost'); Help = 'Do not request the price; the cost stays unknown.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--prepare'); Help = 'Decode and convert images where needed (auto), always, or never.'; Takes = $true; Value = @{ Words = @('auto', 'always', 'never') }; Again = $false }
                @{ Names = @('--max-side'); Help = 'Scale images down to at most this long side (0: never).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--max-pixels'); Help = 'Refuse images with more pixels than this.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--pairs'); Help = 'Treat a raw file and its JPEG as one image (together) or two.'; Takes = $true; Value = @{ Words = @('together', 'separate') }; Again = $false }
                @{ Names = @('--alt'); Help = 'Write short alternative text; a long reply is cut after a sentence.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--max-chars'); Help = 'Maximum length of alternative text, in characters.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--fields'); Help = 'Ask for several values at once: title,alt,description,keywords, or your own, such as "colour, people:int, indoor:bool, parts[]".'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--schema'); Help = 'Ask for the fields of a JSON Schema.'; Takes = $true; Value = @{ Files = @('') }; Again = $false }
                @{ Names = @('--keywords'); Help = 'Maximum number of keywords.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--vocabulary'); Help = 'Prefer the keywords in FILE, one a line; a line such as sea, ocean > water maps other words to one.'; Takes = $true; Value = @{ Files = @('') }; Again = $false }
                @{ Names = @('--vocabulary-only'); Help = 'Leave out keywords that are not in the vocabulary.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--ignore-existing'); Help = 'Look for existing captions only in the XMP that is written.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--placeholder-descriptions'); Help = 'Text of a camera that does not count as a caption (repeatable).'; Takes = $true; Value = $null; Again = $true }
                @{ Names = @('--write'); Help = 'Write captions to text or XMP files beside the images, or into the images (embed); metadata: into the images where possible, otherwise to XMP files (repeatable).'; Takes = $true; Value = @{ Words = @('txt', 'xmp', 'embed', 'metadata') }; Again = $true }
                @{ Names = @('-o', '--output'); Help = 'Append a record for each image to FILE: .jsonl, .csv, .tsv, .parquet; or add Parquet files to FOLDER/ or s3://BUCKET/FOLDER/.'; Takes = $true; Value = @{ Files = @('') }; Again = $false }
                @{ Names = @('--columns'); Help = 'The columns of a CSV or Parquet file, such as image,text.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--delimiter'); Help = 'The delimiter of a CSV file (-o): , ; | or tab.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--bom'); Help = 'Begin a CSV file (-o) with a byte order mark, which some spreadsheets need.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--layout'); Help = 'Write records, or the metadata of a Hugging Face ImageFolder (-o photos/metadata.jsonl).'; Takes = $true; Value = @{ Words = @('records', 'imagefolder') }; Again = $false }
                @{ Names = @('--ext'); Help = 'File name extension of the text files.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--out-dir'); Help = 'Write text and XMP files to DIR, in the same subfolders.'; Takes = $true; Value = @{ Files = @() }; Again = $false }
                @{ Names = @('--mode'); Help = 'What to do with existing texts.'; Takes = $true; Value = @{ Words = @('skip', 'overwrite', 'append', 'prepend', 'remove') }; Again = $false }
                @{ Names = @('--hold'); Help = 'Buy captions and keep them (ledger, -o); write them to no image yet.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--collide'); Help = 'If two images would share a.txt: refuse the second (error), name it a.png.txt (suffix), or name all files like that (always).'; Takes = $true; Value = @{ Words = @('error', 'suffix', 'always') }; Again = $false }
                @{ Names = @('--backup'); Help = 'Keep the original of each changed image as NAME.orig.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--no-keep-time'); Help = 'Update the modification time of changed images.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--prefix'); Help = 'Text before each written caption.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--suffix'); Help = 'Text after each written caption.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--template'); Help = 'Pattern of written captions: {caption}, {name}, {stem}, columns, fields.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--jsonl'); Help = 'Print one JSON record per line, as soon as it is known.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--report'); Help = 'Write the summary of the run to FILE as JSON; or FILE.html, a page with all images and captions.'; Takes = $true; Value = @{ Files = @('') }; Again = $false }
                @{ Names = @('-q', '--quiet'); Help = 'Print errors only.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-v', '--verbose'); Help = 'Print more messages; -vv adds tracebacks.'; Takes = $false; Value = $null; Again = $true }
                @{ Names = @('--fresh'); Help = 'Buy again captions that an earlier run bought.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--rebuy-ambiguous'); Help = 'Buy again captions that may have been charged but never arrived.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--max-cost'); Help = 'Limit for this run, in dollars (for a daily limit: rwcap config set budget.day 1.50).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--retry-quality'); Help = 'If the text is too long, or fields are missing, buy up to N others.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--pilot'); Help = 'Caption N images at random, estimate the rest, and ask.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--yes'); Help = 'Continue after the pilot without asking.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--dry-run'); Help = 'Print what would be sent, and send nothing; needs no key.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--sandbox'); Help = 'Use the offline sandbox, not Runware: no key, no network, no money.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-c', '--concurrency'); Help = 'Maximum requests in flight; fewer while the service is busy.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--timeout'); Help = 'Maximum time to wait for a reply.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--retries'); Help = 'Number of retries, all under one task UUID.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--grace'); Help = 'Time to wait for requests in flight after Ctrl-C.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--max-errors'); Help = 'Stop after N failures.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--max-duration'); Help = 'Stop after this time.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--watch'); Help = 'Go on until stopped: caption images that come to the folders.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--no-input'); Help = 'Never ask a question; without --yes, the answer is no.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--api-url'); Help = 'Another API address (https, or http on this machine).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--profile'); Help = 'Use the settings (and the key) of the profile NAME.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--engine'); Help = 'Caption on this machine (local), or a Parquet table on a Ray cluster (ray).'; Takes = $true; Value = @{ Words = @('local', 'ray') }; Again = $false }
                @{ Names = @('--ray-address'); Help = 'The Ray cluster: auto, or HOST:PORT; without it, this machine.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--texts'); Help = 'Write the texts of a table (.csv, .tsv, .json, .jsonl, .parquet) to their images; buy nothing.'; Takes = $true; Value = @{ Files = @('') }; Again = $false }
                @{ Names = @('--check-only'); Help = 'Check the captions that exist, and print those that fail; buy nothing.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--check'); Help = 'Check for this (repeatable), before captions are written; --check-only checks for all without it.'; Takes = $true; Value = @{ Words = @('empty', 'loop', 'script', 'cut-off', 'markup', 'too-long', 'too-short', 'refusal', 'preamble', 'hedging', 'meta-words', 'near-identical', 'common-phrase', 'all', 'none') }; Again = $true }
                @{ Names = @('--on-fail'); Help = 'What to do with a new caption that fails: write it and report its faults (warn), do not write it (fail), buy another one (retry), or leave out sentences that fail (drop-sentence).'; Takes = $true; Value = @{ Words = @('warn', 'fail', 'retry', 'drop-sentence') }; Again = $false }
                @{ Names = @('--only'); Help = 'Caption only images whose caption fails a check, again, and replace the texts that are of rwcap.'; Takes = $true; Value = @{ Words = @('failed-checks') }; Again = $false }
                @{ Names = @('--json'); Help = 'Print one JSON document (with --check-only or several prompts).'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show a summary (-h) or every option (--help).'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap cost' = @{
            Commands = @(
                @{ Name = 'estimate'; Help = 'Estimate the cost of a batch; buy nothing.' }
                @{ Name = 'balance'; Help = 'Show the balance and the usage of the account.' }
                @{ Name = 'reconcile'; Help = 'Compare the account with the ledger, day by day.' }
                @{ Name = 'recover'; Help = 'Settle open and ambiguous purchases; buy nothing.' }
            )
            Operands = @()
            Many = $false
            Options = @(
                @{ Names = @('--since'); Help = 'First day: 2026-11-24, 2026-11, today, yesterday, or 7d (days ago).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--until'); Help = 'Last day.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--by'); Help = 'Show the costs for each of these.'; Takes = $true; Value = @{ Words = @('day', 'month', 'folder', 'prompt', 'run', 'week', 'model', 'status', 'check') }; Again = $false }
                @{ Names = @('--json'); Help = 'Print one JSON document.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--csv'); Help = 'Print the groups of --by as CSV.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-q', '--quiet'); Help = 'Print errors only.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--sandbox'); Help = 'Use the offline sandbox, not Runware: no key, no network, no money.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--api-url'); Help = 'Another API address (https, or http on this machine).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--profile'); Help = 'Use the settings (and the key) of the profile NAME.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show a summary (-h) or every option (--help).'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap cost estimate' = @{
            Commands = @()
            Operands = @(
                @{ Files = @('.jpg', '.jpeg', '.jpe', '.jfif', '.png', '.webp', '.gif', '.bmp', '.tif', '.tiff', '.avif', '.heic', '.heif', '.cr2', '.cr3', '.nef', '.nrw', '.arw', '.orf', '.raf', '.rw2', '.pef', '.dng', '.srw', '.csv', '.tsv', '.json', '.jsonl', '.ndjson', '.parquet') }
            )
            Many = $true
            Options = @(
                @{ Names = @('--files-from'); Help = 'Read more sources from FILE, one per line (- for standard input).'; Takes = $true; Value = @{ Files = @('') }; Again = $false }
                @{ Names = @('-0'); Help = 'Sources in --files-from end with a NUL byte (find -print0).'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--include'); Help = 'In folders, take only matching files, of any extension (repeatable).'; Takes = $true; Value = $null; Again = $true }
                @{ Names = @('--exclude'); Help = 'In folders, leave out matching files and folders (repeatable).'; Takes = $true; Value = $null; Again = $true }
                @{ Names = @('--max-depth'); Help = 'Maximum depth of folders; 1 is the folder itself.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--limit'); Help = 'Buy captions for at most N images.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--sample'); Help = 'Caption N images chosen at random.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--seed'); Help = 'Seed of the random sample.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--checksum'); Help = 'Read images even if size and time are unchanged; not where the output exists.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-p', '--prompt'); Help = 'Question or instruction; without it the model describes the image.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--prompt-file'); Help = 'Read the prompt from FILE (- for standard input); with --sample, a batch compares several.'; Takes = $true; Value = @{ Files = @('') }; Again = $true }
                @{ Names = @('--preset'); Help = 'Use a named prompt: alt, caption, detailed, tags, shop, archive, social, or your own.'; Takes = $true; Value = @{ Words = @('alt', 'caption', 'detailed', 'shop', 'archive', 'social', 'tags') }; Again = $false }
                @{ Names = @('--model'); Help = 'Model that writes the caption.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--delivery'); Help = 'Wait for the reply, or submit and poll for it (default: sync).'; Takes = $true; Value = @{ Words = @('sync', 'async') }; Again = $false }
                @{ Names = @('--no-include-cost'); Help = 'Do not request the price; the cost stays unknown.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--prepare'); Help = 'Decode and convert images where needed (auto), always, or never.'; Takes = $true; Value = @{ Words = @('auto', 'always', 'never') }; Again = $false }
                @{ Names = @('--max-side'); Help = 'Scale images down to at most this long side (0: never).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--max-pixels'); Help = 'Refuse images with more pixels than this.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--pairs'); Help = 'Treat a raw file and its JPEG as one image (together) or two.'; Takes = $true; Value = @{ Words = @('together', 'separate') }; Again = $false }
                @{ Names = @('--alt'); Help = 'Write short alternative text; a long reply is cut after a sentence.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--max-chars'); Help = 'Maximum length of alternative text, in characters.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--fields'); Help = 'Ask for several values at once: title,alt,description,keywords, or your own, such as "colour, people:int, indoor:bool, parts[]".'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--schema'); Help = 'Ask for the fields of a JSON Schema.'; Takes = $true; Value = @{ Files = @('') }; Again = $false }
                @{ Names = @('--keywords'); Help = 'Maximum number of keywords.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--vocabulary'); Help = 'Prefer the keywords in FILE, one a line; a line such as sea, ocean > water maps other words to one.'; Takes = $true; Value = @{ Files = @('') }; Again = $false }
                @{ Names = @('--vocabulary-only'); Help = 'Leave out keywords that are not in the vocabulary.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-q', '--quiet'); Help = 'Print errors only.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-v', '--verbose'); Help = 'Print more messages; -vv adds tracebacks.'; Takes = $false; Value = $null; Again = $true }
                @{ Names = @('--fresh'); Help = 'Buy again captions that an earlier run bought.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--rebuy-ambiguous'); Help = 'Buy again captions that may have been charged but never arrived.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--max-cost'); Help = 'Limit for this run, in dollars (for a daily limit: rwcap config set budget.day 1.50).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--retry-quality'); Help = 'If the text is too long, or fields are missing, buy up to N others.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--pilot'); Help = 'Caption N images at random, estimate the rest, and ask.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--yes'); Help = 'Continue after the pilot without asking.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--dry-run'); Help = 'Print what would be sent, and send nothing; needs no key.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--sandbox'); Help = 'Use the offline sandbox, not Runware: no key, no network, no money.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-c', '--concurrency'); Help = 'Maximum requests in flight; fewer while the service is busy.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--timeout'); Help = 'Maximum time to wait for a reply.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--retries'); Help = 'Number of retries, all under one task UUID.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--grace'); Help = 'Time to wait for requests in flight after Ctrl-C.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--max-errors'); Help = 'Stop after N failures.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--max-duration'); Help = 'Stop after this time.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--watch'); Help = 'Go on until stopped: caption images that come to the folders.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--no-input'); Help = 'Never ask a question; without --yes, the answer is no.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--api-url'); Help = 'Another API address (https, or http on this machine).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--profile'); Help = 'Use the settings (and the key) of the profile NAME.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--engine'); Help = 'Caption on this machine (local), or a Parquet table on a Ray cluster (ray).'; Takes = $true; Value = @{ Words = @('local', 'ray') }; Again = $false }
                @{ Names = @('--ray-address'); Help = 'The Ray cluster: auto, or HOST:PORT; without it, this machine.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--ignore-existing'); Help = 'Look for existing captions only in the XMP that is written.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--placeholder-descriptions'); Help = 'Text of a camera that does not count as a caption (repeatable).'; Takes = $true; Value = $null; Again = $true }
                @{ Names = @('--write'); Help = 'Write captions to text or XMP files beside the images, or into the images (embed); metadata: into the images where possible, otherwise to XMP files (repeatable).'; Takes = $true; Value = @{ Words = @('txt', 'xmp', 'embed', 'metadata') }; Again = $true }
                @{ Names = @('-o', '--output'); Help = 'Append a record for each image to FILE: .jsonl, .csv, .tsv, .parquet; or add Parquet files to FOLDER/ or s3://BUCKET/FOLDER/.'; Takes = $true; Value = @{ Files = @('') }; Again = $false }
                @{ Names = @('--columns'); Help = 'The columns of a CSV or Parquet file, such as image,text.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--delimiter'); Help = 'The delimiter of a CSV file (-o): , ; | or tab.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--bom'); Help = 'Begin a CSV file (-o) with a byte order mark, which some spreadsheets need.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--layout'); Help = 'Write records, or the metadata of a Hugging Face ImageFolder (-o photos/metadata.jsonl).'; Takes = $true; Value = @{ Words = @('records', 'imagefolder') }; Again = $false }
                @{ Names = @('--ext'); Help = 'File name extension of the text files.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--out-dir'); Help = 'Write text and XMP files to DIR, in the same subfolders.'; Takes = $true; Value = @{ Files = @() }; Again = $false }
                @{ Names = @('--mode'); Help = 'What to do with existing texts.'; Takes = $true; Value = @{ Words = @('skip', 'overwrite', 'append', 'prepend', 'remove') }; Again = $false }
                @{ Names = @('--hold'); Help = 'Buy captions and keep them (ledger, -o); write them to no image yet.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--collide'); Help = 'If two images would share a.txt: refuse the second (error), name it a.png.txt (suffix), or name all files like that (always).'; Takes = $true; Value = @{ Words = @('error', 'suffix', 'always') }; Again = $false }
                @{ Names = @('--backup'); Help = 'Keep the original of each changed image as NAME.orig.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--no-keep-time'); Help = 'Update the modification time of changed images.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--prefix'); Help = 'Text before each written caption.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--suffix'); Help = 'Text after each written caption.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--template'); Help = 'Pattern of written captions: {caption}, {name}, {stem}, columns, fields.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--report'); Help = 'Write the summary of the run to FILE as JSON; or FILE.html, a page with all images and captions.'; Takes = $true; Value = @{ Files = @('') }; Again = $false }
                @{ Names = @('--json', '--jsonl'); Help = 'Print one JSON document.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show a summary (-h) or every option (--help).'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap cost balance' = @{
            Commands = @()
            Operands = @()
            Many = $false
            Options = @(
                @{ Names = @('--json'); Help = 'Print one JSON document.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-q', '--quiet'); Help = 'Print errors only.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-v', '--verbose'); Help = 'Print more messages; -vv adds tracebacks.'; Takes = $false; Value = $null; Again = $true }
                @{ Names = @('--sandbox'); Help = 'Use the offline sandbox, not Runware: no key, no network, no money.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--timeout'); Help = 'Maximum time to wait for a reply.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--retries'); Help = 'Number of retries, all under one task UUID.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--api-url'); Help = 'Another API address (https, or http on this machine).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--profile'); Help = 'Use the settings (and the key) of the profile NAME.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show a summary (-h) or every option (--help).'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap cost reconcile' = @{
            Commands = @()
            Operands = @()
            Many = $false
            Options = @(
                @{ Names = @('--since'); Help = 'First day: 2026-11-24, 2026-11, today, yesterday, or 7d (days ago).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--until'); Help = 'Last day.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--json'); Help = 'Print one JSON document.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-q', '--quiet'); Help = 'Print errors only.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-v', '--verbose'); Help = 'Print more messages; -vv adds tracebacks.'; Takes = $false; Value = $null; Again = $true }
                @{ Names = @('--sandbox'); Help = 'Use the offline sandbox, not Runware: no key, no network, no money.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--timeout'); Help = 'Maximum time to wait for a reply.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--retries'); Help = 'Number of retries, all under one task UUID.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--api-url'); Help = 'Another API address (https, or http on this machine).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--profile'); Help = 'Use the settings (and the key) of the profile NAME.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show a summary (-h) or every option (--help).'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap cost recover' = @{
            Commands = @()
            Operands = @()
            Many = $false
            Options = @(
                @{ Names = @('--json'); Help = 'Print one JSON document.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-q', '--quiet'); Help = 'Print errors only.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-v', '--verbose'); Help = 'Print more messages; -vv adds tracebacks.'; Takes = $false; Value = $null; Again = $true }
                @{ Names = @('--sandbox'); Help = 'Use the offline sandbox, not Runware: no key, no network, no money.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--timeout'); Help = 'Maximum time to wait for a reply.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--api-url'); Help = 'Another API address (https, or http on this machine).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--profile'); Help = 'Use the settings (and the key) of the profile NAME.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show a summary (-h) or every option (--help).'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap config' = @{
            Commands = @(
                @{ Name = 'set-key'; Help = 'Store the API key.' }
                @{ Name = 'status'; Help = 'Show the source of the key and whether it is valid.' }
                @{ Name = 'remove-key'; Help = 'Remove the stored key.' }
                @{ Name = 'list'; Help = 'Print every setting with its source and value.' }
                @{ Name = 'get'; Help = 'Print the value of one setting.' }
                @{ Name = 'set'; Help = 'Set a default for an option in your config.toml.' }
                @{ Name = 'unset'; Help = 'Remove a setting from your config.toml.' }
                @{ Name = 'path'; Help = 'Print the folder that holds the settings and the key.' }
                @{ Name = 'doctor'; Help = 'Check the installation and show how to fix problems.' }
            )
            Operands = @()
            Many = $false
            Options = @(
                @{ Names = @('-h', '--help'); Help = 'Show a summary (-h) or every option (--help).'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap config set-key' = @{
            Commands = @()
            Operands = @()
            Many = $false
            Options = @(
                @{ Names = @('--from-runware'); Help = 'Take it from Runware''s own command-line tool.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--no-verify'); Help = 'Use no network.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--profile'); Help = 'Use the key of the profile NAME.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--no-input'); Help = 'Never ask; read standard input.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--api-url'); Help = 'Another API address (https, or http on this machine).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show a summary (-h) or every option (--help).'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap config status' = @{
            Commands = @()
            Operands = @()
            Many = $false
            Options = @(
                @{ Names = @('--json'); Help = 'Print one JSON document.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--no-verify'); Help = 'Use no network.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--api-url'); Help = 'Another API address (https, or http on this machine).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--profile'); Help = 'Use the settings (and the key) of the profile NAME.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show a summary (-h) or every option (--help).'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap config remove-key' = @{
            Commands = @()
            Operands = @()
            Many = $false
            Options = @(
                @{ Names = @('--profile'); Help = 'Use the key of the profile NAME.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show a summary (-h) or every option (--help).'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap config list' = @{
            Commands = @()
            Operands = @()
            Many = $false
            Options = @(
                @{ Names = @('--json'); Help = 'Print one JSON document.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--profile'); Help = 'Use the table [profiles.NAME].'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show a summary (-h) or every option (--help).'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap config get' = @{
            Commands = @()
            Operands = @(
                @{ Words = @('prompt', 'preset', 'fields', 'schema', 'keywords', 'vocabulary', 'vocabulary_only', 'model', 'prepare', 'max_side', 'write', 'mode', 'placeholder_descriptions', 'ext', 'collide', 'prefix', 'suffix', 'template', 'concurrency', 'timeout', 'retries', 'grace', 'api_url', 'profile', 'budget.run', 'budget.day', 'budget.month') }
            )
            Many = $false
            Options = @(
                @{ Names = @('--json'); Help = 'Print one JSON document.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--profile'); Help = 'Use the table [profiles.NAME].'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show a summary (-h) or every option (--help).'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap config set' = @{
            Commands = @()
            Operands = @(
                @{ Words = @('prompt', 'preset', 'fields', 'schema', 'keywords', 'vocabulary', 'vocabulary_only', 'model', 'prepare', 'max_side', 'write', 'mode', 'placeholder_descriptions', 'ext', 'collide', 'prefix', 'suffix', 'template', 'concurrency', 'timeout', 'retries', 'grace', 'api_url', 'profile', 'budget.run', 'budget.day', 'budget.month') }
                $null
            )
            Many = $false
            Options = @(
                @{ Names = @('--profile'); Help = 'Use the table [profiles.NAME].'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show a summary (-h) or every option (--help).'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap config unset' = @{
            Commands = @()
            Operands = @(
                @{ Words = @('prompt', 'preset', 'fields', 'schema', 'keywords', 'vocabulary', 'vocabulary_only', 'model', 'prepare', 'max_side', 'write', 'mode', 'placeholder_descriptions', 'ext', 'collide', 'prefix', 'suffix', 'template', 'concurrency', 'timeout', 'retries', 'grace', 'api_url', 'profile', 'budget.run', 'budget.day', 'budget.month') }
            )
            Many = $false
            Options = @(
                @{ Names = @('--profile'); Help = 'Use the table [profiles.NAME].'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show a summary (-h) or every option (--help).'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap config path' = @{
            Commands = @()
            Operands = @()
            Many = $false
            Options = @(
                @{ Names = @('--json'); Help = 'Print one JSON document.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show a summary (-h) or every option (--help).'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap config doctor' = @{
            Commands = @()
            Operands = @()
            Many = $false
            Options = @(
                @{ Names = @('--json'); Help = 'Print one JSON document.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--offline'); Help = 'Use no network.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--rescue'); Help = 'Replace each damaged ledger by a new one with every purchase that can be read; keep the damaged file.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--profile'); Help = 'Check the profile NAME.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show a summary (-h) or every option (--help).'; Takes = $false; Value = $null; Again = $false }
            )
        }
    }
    $place = $tree['rwcap']
    $path = 'rwcap'
    $pending = $null
    $given = @()
    $operands = 0
    $words = $commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { $_.ToString() }
    foreach ($word in $words) {
        if ($pending) {
            $pending = $null
        } elseif ($word -like '-?*') {
            $given += $word
            $pending = $place.Options |
                Where-Object { $_.Takes -and $_.Names -ccontains $word }
        } elseif ($tree.ContainsKey("$path $word")) {
            $path = "$path $word"
            $place = $tree[$path]
        } else {
            $operands += 1
        }
    }

    function Complete-Value($value) {
        if ($value.Words) {
            $value.Words | Where-Object { $_ -like "$wordToComplete*" } |
                ForEach-Object { [Management.Automation.CompletionResult]::new($_) }
        } elseif ($value) {
            [Management.Automation.CompletionCompleters]::CompleteFilename($wordToComplete) | Where-Object {
                $_.ResultType -eq 'ProviderContainer' -or $value.Files -contains '' -or
                $value.Files -contains [IO.Path]::GetExtension($_.ListItemText)
            }
        }
    }

    if ($pending) {
        Complete-Value $pending.Value
    } elseif ($wordToComplete -notlike '-*') {
        if (-not $operands) {
            $place.Commands | Where-Object { $_.Name -like "$wordToComplete*" } |
                ForEach-Object { [Management.Automation.CompletionResult]::new($_.Name, $_.Name, 'Command', $_.Help) }
        }
        if ($operands -lt $place.Operands.Count -or $place.Many) {
            $last = [Math]::Min($operands, $place.Operands.Count - 1)
            Complete-Value $place.Operands[$last]
        }
    } else {
        foreach ($option in $place.Options) {
            $typed = $option.Names | Where-Object { $given -ccontains $_ }
            if (-not $typed -or $option.Again) {
                $option.Names | Where-Object { $_ -clike "$wordToComplete*" } |
                    ForEach-Object { [Management.Automation.CompletionResult]::new($_, $_, 'ParameterName', $option.Help) }
            }
        }
    }
}
