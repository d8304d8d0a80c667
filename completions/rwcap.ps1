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
                @{ Names = @('-h', '--help'); Help = 'Show this message and exit.'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap caption' = @{
            Commands = @()
            Operands = @(
                @{ Files = @('.jpg', '.jpeg', '.jpe', '.jfif', '.png', '.webp', '.gif', '.bmp', '.tif', '.tiff', '.avif', '.heic', '.heif') }
            )
            Many = $true
            Options = @(
                @{ Names = @('-p', '--prompt'); Help = 'What to say about the image; without it the model describes it.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--prompt-file'); Help = 'Read the prompt from FILE (- for standard input).'; Takes = $true; Value = @{ Files = @('') }; Again = $false }
                @{ Names = @('--preset'); Help = 'Use a prompt by its name: alt, caption, detailed, tags, or your own.'; Takes = $true; Value = @{ Words = @('alt', 'caption', 'detailed', 'tags') }; Again = $false }
                @{ Names = @('--model'); Help = 'Model that writes the caption.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--delivery'); Help = 'Answer at once, or acknowledge and be asked for it (default: sync).'; Takes = $true; Value = @{ Words = @('sync', 'async') }; Again = $false }
                @{ Names = @('--no-wait'); Help = 'Deliver async and print the task''s UUID instead of waiting.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--fetch'); Help = 'Print the caption of a task submitted earlier; buys nothing.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--task-uuid'); Help = 'Name the task yourself (UUID v4; one image only).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--webhook-url'); Help = 'Have the answer posted to URL; rwcap prints the task''s UUID.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--no-include-cost'); Help = 'Do not ask for the price; the cost stays unknown.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--prepare'); Help = 'Decode and change images where need be, all of them, or none.'; Takes = $true; Value = @{ Words = @('auto', 'always', 'never') }; Again = $false }
                @{ Names = @('--max-side'); Help = 'Scale longer sides down to so many (0: never).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--max-pixels'); Help = 'Refuse images of more pixels in all.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--alt'); Help = 'Make alternative text: short, plain, cut only where a sentence ends.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--max-chars'); Help = 'Characters of alternative text at most.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--write'); Help = 'Write each caption to a text file or an XMP file beside its image, or embed it in the image''s own metadata (repeatable).'; Takes = $true; Value = @{ Words = @('txt', 'xmp', 'embed') }; Again = $true }
                @{ Names = @('--out-dir'); Help = 'Write the text and XMP files below DIR, in the same folders.'; Takes = $true; Value = @{ Files = @() }; Again = $false }
                @{ Names = @('--mode'); Help = 'What becomes of texts that are there.'; Takes = $true; Value = @{ Words = @('skip', 'overwrite', 'append', 'prepend') }; Again = $false }
                @{ Names = @('--backup'); Help = 'Keep each original as NAME.orig before its caption is embedded.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--no-keep-time'); Help = 'Let the time of a file change when its caption is embedded.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--json'); Help = 'Print one JSON document: a record, or a list for several images.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--jsonl'); Help = 'Print a record a line, each as soon as it is there.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-q', '--quiet'); Help = 'Print errors only.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-v', '--verbose'); Help = 'Say more; -vv adds tracebacks.'; Takes = $false; Value = $null; Again = $true }
                @{ Names = @('--fresh'); Help = 'Buy again what an earlier run has bought.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--rebuy-ambiguous'); Help = 'Buy again what may have been charged and never came.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--max-cost'); Help = 'Spend at most so many dollars in this run; setting budget.day: a day.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--retry-quality'); Help = 'Where it does not fit, buy up to N others, each time asking for less.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--dry-run'); Help = 'Print the request instead of sending it; no network, no key.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--sandbox'); Help = 'Answer offline with a stand-in: no key, no network, no money.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--timeout'); Help = 'Longest wait for an answer.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--retries'); Help = 'Tries after the first, all under one task UUID.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--api-url'); Help = 'Another address of the API (https, or http on this machine).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--profile'); Help = 'Use the settings, and the key if it has one, of [profiles.NAME].'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--output-type'); Help = 'How it is returned (default: URL).'; Takes = $true; Value = @{ Words = @('URL', 'base64Data', 'dataURI') }; Again = $false }
                @{ Names = @('--output-format'); Help = 'Its file format (default: JPG).'; Takes = $true; Value = @{ Words = @('JPG', 'PNG', 'WEBP') }; Again = $false }
                @{ Names = @('--output-quality'); Help = 'Its compression quality, 20 to 99 (default: 95).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--ttl'); Help = 'How long its URL lives, 60 or more.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--upload-endpoint'); Help = 'Where it is put by HTTP PUT.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show this message and exit.'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap batch' = @{
            Commands = @()
            Operands = @(
                @{ Files = @('.jpg', '.jpeg', '.jpe', '.jfif', '.png', '.webp', '.gif', '.bmp', '.tif', '.tiff', '.avif', '.heic', '.heif', '.csv', '.jsonl', '.ndjson') }
            )
            Many = $true
            Options = @(
                @{ Names = @('--files-from'); Help = 'Read more sources from FILE, one a line (- for standard input).'; Takes = $true; Value = @{ Files = @('') }; Again = $false }
                @{ Names = @('-0'); Help = 'They end in NUL bytes, as find -print0 writes them.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--include'); Help = 'Take these names from folders, whatever their suffix (repeatable).'; Takes = $true; Value = $null; Again = $true }
                @{ Names = @('--exclude'); Help = 'Leave these files and folders out (repeatable).'; Takes = $true; Value = $null; Again = $true }
                @{ Names = @('--max-depth'); Help = 'Go N folders deep; 1 is the folder itself.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--limit'); Help = 'Caption at most N images that are not done yet.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--sample'); Help = 'Caption N images chosen at random.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--seed'); Help = 'The same seed chooses the same sample.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--checksum'); Help = 'Read every image, instead of trusting size and time of known ones.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-p', '--prompt'); Help = 'What to say about the image; without it the model describes it.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--prompt-file'); Help = 'Read the prompt from FILE (- for standard input).'; Takes = $true; Value = @{ Files = @('') }; Again = $false }
                @{ Names = @('--preset'); Help = 'Use a prompt by its name: alt, caption, detailed, tags, or your own.'; Takes = $true; Value = @{ Words = @('alt', 'caption', 'detailed', 'tags') }; Again = $false }
                @{ Names = @('--model'); Help = 'Model that writes the caption.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--delivery'); Help = 'Answer at once, or acknowledge and be asked for it (default: sync).'; Takes = $true; Value = @{ Words = @('sync', 'async') }; Again = $false }
                @{ Names = @('--no-include-cost'); Help = 'Do not ask for the price; the cost stays unknown.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--prepare'); Help = 'Decode and change images where need be, all of them, or none.'; Takes = $true; Value = @{ Words = @('auto', 'always', 'never') }; Again = $false }
                @{ Names = @('--max-side'); Help = 'Scale longer sides down to so many (0: never).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--max-pixels'); Help = 'Refuse images of more pixels in all.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--alt'); Help = 'Make alternative text: short, plain, cut only where a sentence ends.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--max-chars'); Help = 'Characters of alternative text at most.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--write'); Help = 'Write each caption to a text file or an XMP file beside its image, or embed it in the image''s own metadata (repeatable).'; Takes = $true; Value = @{ Words = @('txt', 'xmp', 'embed') }; Again = $true }
                @{ Names = @('-o', '--output'); Help = 'Add a record for each image to FILE (.jsonl or .csv).'; Takes = $true; Value = @{ Files = @('') }; Again = $false }
                @{ Names = @('--ext'); Help = 'Suffix of the text files.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--out-dir'); Help = 'Write the text and XMP files below DIR, in the same folders.'; Takes = $true; Value = @{ Files = @() }; Again = $false }
                @{ Names = @('--mode'); Help = 'What becomes of texts that are there.'; Takes = $true; Value = @{ Words = @('skip', 'overwrite', 'append', 'prepend') }; Again = $false }
                @{ Names = @('--collide'); Help = 'a.jpg and a.png would share a.txt: refuse, write a.png.txt, or call every file so.'; Takes = $true; Value = @{ Words = @('error', 'suffix', 'always') }; Again = $false }
                @{ Names = @('--backup'); Help = 'Keep each original as NAME.orig before its caption is embedded.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--no-keep-time'); Help = 'Let the time of a file change when its caption is embedded.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--prefix'); Help = 'Write TEXT before each caption, wherever --write puts it.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--suffix'); Help = 'Write TEXT after it.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--template'); Help = 'Write TEXT with {caption} (also {name}, {stem}, {column}) in it.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--jsonl'); Help = 'Print a record a line, each as soon as it is there.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--report'); Help = 'Write the summary of the run to FILE, as JSON.'; Takes = $true; Value = @{ Files = @('') }; Again = $false }
                @{ Names = @('-q', '--quiet'); Help = 'Print errors only.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-v', '--verbose'); Help = 'Say more; -vv adds tracebacks.'; Takes = $false; Value = $null; Again = $true }
                @{ Names = @('--fresh'); Help = 'Buy again what an earlier run has bought.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--rebuy-ambiguous'); Help = 'Buy again what may have been charged and never came.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--max-cost'); Help = 'Spend at most so many dollars in this run; setting budget.day: a day.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--retry-quality'); Help = 'Where it does not fit, buy up to N others, each time asking for less.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--pilot'); Help = 'Buy N at random first, say what the rest will cost, and ask.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--yes'); Help = 'Go on after the pilot without asking.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--dry-run'); Help = 'Print the request instead of sending it; no network, no key.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--sandbox'); Help = 'Answer offline with a stand-in: no key, no network, no money.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-c', '--concurrency'); Help = 'Images under way at most; fewer while the service is busy.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--timeout'); Help = 'Longest wait for an answer.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--retries'); Help = 'Tries after the first, all under one task UUID.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--grace'); Help = 'After Ctrl-C, wait so long for what is under way.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--max-errors'); Help = 'Begin nothing more after N failures.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--max-duration'); Help = 'Begin nothing more after so long.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--no-input'); Help = 'Never ask; what needs an answer is not done.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--api-url'); Help = 'Another address of the API (https, or http on this machine).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--profile'); Help = 'Use the settings, and the key if it has one, of [profiles.NAME].'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show this message and exit.'; Takes = $false; Value = $null; Again = $false }
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
                @{ Names = @('--since'); Help = 'From this day on: 2026-11-24, 2026-11, today, yesterday, 7d (ago).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--until'); Help = 'Up to this day, the day included.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--by'); Help = 'Add a line for each of these.'; Takes = $true; Value = @{ Words = @('day', 'week', 'month', 'run', 'prompt', 'model', 'folder', 'status') }; Again = $false }
                @{ Names = @('--json'); Help = 'Print one JSON document.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--csv'); Help = 'Print the lines of --by as CSV.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-q', '--quiet'); Help = 'Print errors only.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--sandbox'); Help = 'Answer offline with a stand-in: no key, no network, no money.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--api-url'); Help = 'Another address of the API (https, or http on this machine).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--profile'); Help = 'Use the settings, and the key if it has one, of [profiles.NAME].'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show this message and exit.'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap cost estimate' = @{
            Commands = @()
            Operands = @(
                @{ Files = @('.jpg', '.jpeg', '.jpe', '.jfif', '.png', '.webp', '.gif', '.bmp', '.tif', '.tiff', '.avif', '.heic', '.heif', '.csv', '.jsonl', '.ndjson') }
            )
            Many = $true
            Options = @(
                @{ Names = @('--files-from'); Help = 'Read more sources from FILE, one a line (- for standard input).'; Takes = $true; Value = @{ Files = @('') }; Again = $false }
                @{ Names = @('-0'); Help = 'They end in NUL bytes, as find -print0 writes them.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--include'); Help = 'Take these names from folders, whatever their suffix (repeatable).'; Takes = $true; Value = $null; Again = $true }
                @{ Names = @('--exclude'); Help = 'Leave these files and folders out (repeatable).'; Takes = $true; Value = $null; Again = $true }
                @{ Names = @('--max-depth'); Help = 'Go N folders deep; 1 is the folder itself.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--limit'); Help = 'Caption at most N images that are not done yet.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--sample'); Help = 'Caption N images chosen at random.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--seed'); Help = 'The same seed chooses the same sample.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--checksum'); Help = 'Read every image, instead of trusting size and time of known ones.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-p', '--prompt'); Help = 'What to say about the image; without it the model describes it.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--prompt-file'); Help = 'Read the prompt from FILE (- for standard input).'; Takes = $true; Value = @{ Files = @('') }; Again = $false }
                @{ Names = @('--preset'); Help = 'Use a prompt by its name: alt, caption, detailed, tags, or your own.'; Takes = $true; Value = @{ Words = @('alt', 'caption', 'detailed', 'tags') }; Again = $false }
                @{ Names = @('--model'); Help = 'Model that writes the caption.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--delivery'); Help = 'Answer at once, or acknowledge and be asked for it (default: sync).'; Takes = $true; Value = @{ Words = @('sync', 'async') }; Again = $false }
                @{ Names = @('--no-include-cost'); Help = 'Do not ask for the price; the cost stays unknown.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--prepare'); Help = 'Decode and change images where need be, all of them, or none.'; Takes = $true; Value = @{ Words = @('auto', 'always', 'never') }; Again = $false }
                @{ Names = @('--max-side'); Help = 'Scale longer sides down to so many (0: never).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--max-pixels'); Help = 'Refuse images of more pixels in all.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--alt'); Help = 'Make alternative text: short, plain, cut only where a sentence ends.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--max-chars'); Help = 'Characters of alternative text at most.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--write'); Help = 'Write each caption to a text file or an XMP file beside its image, or embed it in the image''s own metadata (repeatable).'; Takes = $true; Value = @{ Words = @('txt', 'xmp', 'embed') }; Again = $true }
                @{ Names = @('-o', '--output'); Help = 'Add a record for each image to FILE (.jsonl or .csv).'; Takes = $true; Value = @{ Files = @('') }; Again = $false }
                @{ Names = @('--ext'); Help = 'Suffix of the text files.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--out-dir'); Help = 'Write the text and XMP files below DIR, in the same folders.'; Takes = $true; Value = @{ Files = @() }; Again = $false }
                @{ Names = @('--mode'); Help = 'What becomes of texts that are there.'; Takes = $true; Value = @{ Words = @('skip', 'overwrite', 'append', 'prepend') }; Again = $false }
                @{ Names = @('--collide'); Help = 'a.jpg and a.png would share a.txt: refuse, write a.png.txt, or call every file so.'; Takes = $true; Value = @{ Words = @('error', 'suffix', 'always') }; Again = $false }
                @{ Names = @('--backup'); Help = 'Keep each original as NAME.orig before its caption is embedded.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--no-keep-time'); Help = 'Let the time of a file change when its caption is embedded.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--prefix'); Help = 'Write TEXT before each caption, wherever --write puts it.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--suffix'); Help = 'Write TEXT after it.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--template'); Help = 'Write TEXT with {caption} (also {name}, {stem}, {column}) in it.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--jsonl'); Help = 'Print a record a line, each as soon as it is there.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--report'); Help = 'Write the summary of the run to FILE, as JSON.'; Takes = $true; Value = @{ Files = @('') }; Again = $false }
                @{ Names = @('-q', '--quiet'); Help = 'Print errors only.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-v', '--verbose'); Help = 'Say more; -vv adds tracebacks.'; Takes = $false; Value = $null; Again = $true }
                @{ Names = @('--fresh'); Help = 'Buy again what an earlier run has bought.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--rebuy-ambiguous'); Help = 'Buy again what may have been charged and never came.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--max-cost'); Help = 'Spend at most so many dollars in this run; setting budget.day: a day.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--retry-quality'); Help = 'Where it does not fit, buy up to N others, each time asking for less.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--pilot'); Help = 'Buy N at random first, say what the rest will cost, and ask.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--yes'); Help = 'Go on after the pilot without asking.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--dry-run'); Help = 'Print the request instead of sending it; no network, no key.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--sandbox'); Help = 'Answer offline with a stand-in: no key, no network, no money.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-c', '--concurrency'); Help = 'Images under way at most; fewer while the service is busy.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--timeout'); Help = 'Longest wait for an answer.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--retries'); Help = 'Tries after the first, all under one task UUID.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--grace'); Help = 'After Ctrl-C, wait so long for what is under way.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--max-errors'); Help = 'Begin nothing more after N failures.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--max-duration'); Help = 'Begin nothing more after so long.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--no-input'); Help = 'Never ask; what needs an answer is not done.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--api-url'); Help = 'Another address of the API (https, or http on this machine).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--profile'); Help = 'Use the settings, and the key if it has one, of [profiles.NAME].'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show this message and exit.'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap cost balance' = @{
            Commands = @()
            Operands = @()
            Many = $false
            Options = @(
                @{ Names = @('--json'); Help = 'Print one JSON document.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-q', '--quiet'); Help = 'Print errors only.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-v', '--verbose'); Help = 'Say more; -vv adds tracebacks.'; Takes = $false; Value = $null; Again = $true }
                @{ Names = @('--sandbox'); Help = 'Answer offline with a stand-in: no key, no network, no money.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--timeout'); Help = 'Longest wait for an answer.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--retries'); Help = 'Tries after the first, all under one task UUID.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--api-url'); Help = 'Another address of the API (https, or http on this machine).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--profile'); Help = 'Use the settings, and the key if it has one, of [profiles.NAME].'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show this message and exit.'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap cost reconcile' = @{
            Commands = @()
            Operands = @()
            Many = $false
            Options = @(
                @{ Names = @('--since'); Help = 'From this day on: 2026-11-24, 2026-11, today, yesterday, 7d (ago).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--until'); Help = 'Up to this day, the day included.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--json'); Help = 'Print one JSON document.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-q', '--quiet'); Help = 'Print errors only.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-v', '--verbose'); Help = 'Say more; -vv adds tracebacks.'; Takes = $false; Value = $null; Again = $true }
                @{ Names = @('--sandbox'); Help = 'Answer offline with a stand-in: no key, no network, no money.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--timeout'); Help = 'Longest wait for an answer.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--retries'); Help = 'Tries after the first, all under one task UUID.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--api-url'); Help = 'Another address of the API (https, or http on this machine).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--profile'); Help = 'Use the settings, and the key if it has one, of [profiles.NAME].'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show this message and exit.'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap cost recover' = @{
            Commands = @()
            Operands = @()
            Many = $false
            Options = @(
                @{ Names = @('--json'); Help = 'Print one JSON document.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-q', '--quiet'); Help = 'Print errors only.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('-v', '--verbose'); Help = 'Say more; -vv adds tracebacks.'; Takes = $false; Value = $null; Again = $true }
                @{ Names = @('--sandbox'); Help = 'Answer offline with a stand-in: no key, no network, no money.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--timeout'); Help = 'Longest wait for an answer.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--api-url'); Help = 'Another address of the API (https, or http on this machine).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--profile'); Help = 'Use the settings, and the key if it has one, of [profiles.NAME].'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show this message and exit.'; Takes = $false; Value = $null; Again = $false }
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
                @{ Names = @('-h', '--help'); Help = 'Show this message and exit.'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap config set-key' = @{
            Commands = @()
            Operands = @()
            Many = $false
            Options = @(
                @{ Names = @('--from-runware'); Help = 'Take it from Runware''s own command-line tool.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--no-verify'); Help = 'Use no network.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--profile'); Help = 'The key of the profile NAME.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--no-input'); Help = 'Never ask; read standard input.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--api-url'); Help = 'Another address of the API (https, or http on this machine).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show this message and exit.'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap config status' = @{
            Commands = @()
            Operands = @()
            Many = $false
            Options = @(
                @{ Names = @('--json'); Help = 'Print one JSON document.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--no-verify'); Help = 'Use no network.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--api-url'); Help = 'Another address of the API (https, or http on this machine).'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('--profile'); Help = 'Use the settings, and the key if it has one, of [profiles.NAME].'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show this message and exit.'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap config remove-key' = @{
            Commands = @()
            Operands = @()
            Many = $false
            Options = @(
                @{ Names = @('--profile'); Help = 'The key of the profile NAME.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show this message and exit.'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap config list' = @{
            Commands = @()
            Operands = @()
            Many = $false
            Options = @(
                @{ Names = @('--json'); Help = 'Print one JSON document.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--profile'); Help = 'In the table [profiles.NAME].'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show this message and exit.'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap config get' = @{
            Commands = @()
            Operands = @(
                @{ Words = @('prompt', 'preset', 'model', 'prepare', 'max_side', 'write', 'mode', 'ext', 'collide', 'prefix', 'suffix', 'template', 'concurrency', 'timeout', 'retries', 'grace', 'api_url', 'profile', 'budget.run', 'budget.day', 'budget.month') }
            )
            Many = $false
            Options = @(
                @{ Names = @('--profile'); Help = 'In the table [profiles.NAME].'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show this message and exit.'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap config set' = @{
            Commands = @()
            Operands = @(
                @{ Words = @('prompt', 'preset', 'model', 'prepare', 'max_side', 'write', 'mode', 'ext', 'collide', 'prefix', 'suffix', 'template', 'concurrency', 'timeout', 'retries', 'grace', 'api_url', 'profile', 'budget.run', 'budget.day', 'budget.month') }
                $null
            )
            Many = $false
            Options = @(
                @{ Names = @('--profile'); Help = 'In the table [profiles.NAME].'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show this message and exit.'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap config unset' = @{
            Commands = @()
            Operands = @(
                @{ Words = @('prompt', 'preset', 'model', 'prepare', 'max_side', 'write', 'mode', 'ext', 'collide', 'prefix', 'suffix', 'template', 'concurrency', 'timeout', 'retries', 'grace', 'api_url', 'profile', 'budget.run', 'budget.day', 'budget.month') }
            )
            Many = $false
            Options = @(
                @{ Names = @('--profile'); Help = 'In the table [profiles.NAME].'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show this message and exit.'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap config path' = @{
            Commands = @()
            Operands = @()
            Many = $false
            Options = @(
                @{ Names = @('-h', '--help'); Help = 'Show this message and exit.'; Takes = $false; Value = $null; Again = $false }
            )
        }
        'rwcap config doctor' = @{
            Commands = @()
            Operands = @()
            Many = $false
            Options = @(
                @{ Names = @('--json'); Help = 'Print one JSON document.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--offline'); Help = 'Use no network.'; Takes = $false; Value = $null; Again = $false }
                @{ Names = @('--profile'); Help = 'Check the profile NAME.'; Takes = $true; Value = $null; Again = $false }
                @{ Names = @('-h', '--help'); Help = 'Show this message and exit.'; Takes = $false; Value = $null; Again = $false }
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
