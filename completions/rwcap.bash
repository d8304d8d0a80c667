# rwcap in bash. Written by `python -m rwcap.reference`: changes belong there.
# shellcheck shell=bash

# Offer those of the words that begin with what is typed.
_rwcap_words() {
  local word
  for word in "$@"; do
    [[ $word == "$cur"* ]] && COMPREPLY+=("$word")
  done
}

# Offer folders, and files whose names match the pattern, if there is one.
_rwcap_paths() {
  local path typed=${cur//\\/}
  typed=${typed#[\"\']}
  compopt -o filenames 2> /dev/null
  while IFS= read -r path; do
    COMPREPLY+=("$path")
  done < <(
    shopt -s extglob
    [[ $1 == '*' ]] || compgen -d -- "$typed"
    [[ $1 ]] && compgen -f -X "!$1" -- "$typed"
  )
}

# Offer options, each a list of its names, but for those that are given already.
# A plus behind it says that it can be given again.
_rwcap_options() {
  local option name names
  for option in "$@"; do
    IFS=/ read -r -a names <<< "${option%+}"
    if [[ $option != *+ ]]; then
      for name in "${names[@]}"; do
        [[ $given == *" $name "* ]] && continue 2
      done
    fi
    _rwcap_words "${names[@]}"
  done
}

_rwcap() {
  local command=rwcap cur=${COMP_WORDS[COMP_CWORD]} given=' ' option='' options=()
  local ended='' operands=0 word=''
  COMPREPLY=()
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ $option ]]; then
      [[ $word == '=' ]] || option=''
    elif [[ $word == -- ]]; then
      ended=1
    elif [[ $word == -?* && ! $ended ]]; then
      given+="$word "
      case $word in
        -p | --prompt | --prompt-file | --preset | --model | --delivery | --fetch | --task-uuid | --webhook-url | --prepare | --max-side | --max-pixels | --pairs | --max-chars | --fields | --schema | --keywords | --vocabulary | --write | --out-dir | --mode | --placeholder-descriptions | --max-cost | --retry-quality | --timeout | --retries | --api-url | --profile | --output-type | --output-format | --output-quality | --ttl | --upload-endpoint | --files-from | --include | --exclude | --max-depth | --limit | --sample | --seed | -o | --output | --columns | --delimiter | --layout | --ext | --collide | --prefix | --suffix | --template | --report | --pilot | -c | --concurrency | --grace | --max-errors | --max-duration | --engine | --ray-address | --texts | --check | --on-fail | --only | --since | --until | --by) option=$word ;;
      esac
    else
      case "$command $word" in
        'rwcap caption' | 'rwcap batch' | 'rwcap cost' | 'rwcap cost estimate' | 'rwcap cost balance' | 'rwcap cost reconcile' | 'rwcap cost recover' | 'rwcap config' | 'rwcap config set-key' | 'rwcap config status' | 'rwcap config remove-key' | 'rwcap config list' | 'rwcap config get' | 'rwcap config set' | 'rwcap config unset' | 'rwcap config path' | 'rwcap config doctor') command+=" $word" ;;
        *) operands=$((operands + 1)) ;;
      esac
    fi
  done
  if [[ $option && $cur == '=' ]]; then
    cur=''
  fi
  if [[ $word == [\<\>]* ]]; then
    _rwcap_paths '*'
    return
  fi
  case $command in
    'rwcap')
      options=(
        -V/--version
        -h/--help
      )
      case $option in
        '') ((operands)) || _rwcap_words caption batch cost config ;;
      esac
      ;;
    'rwcap caption')
      options=(
        --show
        -p/--prompt
        --prompt-file+
        --preset
        --model
        --delivery
        --no-wait
        --fetch
        --task-uuid
        --webhook-url
        --no-include-cost
        --prepare
        --max-side
        --max-pixels
        --pairs
        --alt
        --max-chars
        --fields
        --schema
        --keywords
        --vocabulary
        --vocabulary-only
        --write+
        --out-dir
        --mode
        --backup
        --no-keep-time
        --ignore-existing
        --placeholder-descriptions+
        --json
        --jsonl
        -q/--quiet
        -v/--verbose+
        --fresh
        --rebuy-ambiguous
        --max-cost
        --retry-quality
        --dry-run
        --sandbox
        --timeout
        --retries
        --api-url
        --profile
        --output-type
        --output-format
        --output-quality
        --ttl
        --upload-endpoint
        -h/--help
      )
      case $option in
        '') ((operands >= 0)) && _rwcap_paths '*.@(jpg|JPG|jpeg|JPEG|jpe|JPE|jfif|JFIF|png|PNG|webp|WEBP|gif|GIF|bmp|BMP|tif|TIF|tiff|TIFF|avif|AVIF|heic|HEIC|heif|HEIF|cr2|CR2|cr3|CR3|nef|NEF|nrw|NRW|arw|ARW|orf|ORF|raf|RAF|rw2|RW2|pef|PEF|dng|DNG|srw|SRW)' ;;
        --prompt-file | --schema | --vocabulary) _rwcap_paths '*' ;;
        --preset) _rwcap_words alt caption detailed shop archive social tags ;;
        --delivery) _rwcap_words sync async ;;
        --prepare) _rwcap_words auto always never ;;
        --pairs) _rwcap_words together separate ;;
        --write) _rwcap_words txt xmp embed metadata ;;
        --out-dir) _rwcap_paths '' ;;
        --mode) _rwcap_words skip overwrite append prepend remove ;;
        --output-type) _rwcap_words URL base64Data dataURI ;;
        --output-format) _rwcap_words JPG PNG WEBP ;;
      esac
      ;;
    'rwcap batch')
      options=(
        --files-from
        -0
        --include+
        --exclude+
        --max-depth
        --limit
        --sample
        --seed
        --checksum
        -p/--prompt
        --prompt-file+
        --preset
        --model
        --delivery
        --no-include-cost
        --prepare
        --max-side
        --max-pixels
        --pairs
        --alt
        --max-chars
        --fields
        --schema
        --keywords
        --vocabulary
        --vocabulary-only
        --ignore-existing
        --placeholder-descriptions+
        --write+
        -o/--output
        --columns
        --delimiter
        --bom
        --layout
        --ext
        --out-dir
        --mode
        --hold
        --collide
        --backup
        --no-keep-time
        --prefix
        --suffix
        --template
        --jsonl
        --report
        -q/--quiet
        -v/--verbose+
        --fresh
        --rebuy-ambiguous
        --max-cost
        --retry-quality
        --pilot
        --yes
        --dry-run
        --sandbox
        -c/--concurrency
        --timeout
        --retries
        --grace
        --max-errors
        --max-duration
        --watch
        --no-input
        --api-url
        --profile
        --engine
        --ray-address
        --texts
        --check-only
        --check+
        --on-fail
        --only
        --json
        -h/--help
      )
      case $option in
        '') ((operands >= 0)) && _rwcap_paths '*.@(jpg|JPG|jpeg|JPEG|jpe|JPE|jfif|JFIF|png|PNG|webp|WEBP|gif|GIF|bmp|BMP|tif|TIF|tiff|TIFF|avif|AVIF|heic|HEIC|heif|HEIF|cr2|CR2|cr3|CR3|nef|NEF|nrw|NRW|arw|ARW|orf|ORF|raf|RAF|rw2|RW2|pef|PEF|dng|DNG|srw|SRW|csv|CSV|tsv|TSV|json|JSON|jsonl|JSONL|ndjson|NDJSON|parquet|PARQUET)' ;;
        --files-from | --prompt-file | --schema | --vocabulary | -o | --output | --report | --texts) _rwcap_paths '*' ;;
        --preset) _rwcap_words alt caption detailed shop archive social tags ;;
        --delivery) _rwcap_words sync async ;;
        --prepare) _rwcap_words auto always never ;;
        --pairs) _rwcap_words together separate ;;
        --write) _rwcap_words txt xmp embed metadata ;;
        --layout) _rwcap_words records imagefolder ;;
        --out-dir) _rwcap_paths '' ;;
        --mode) _rwcap_words skip overwrite append prepend remove ;;
        --collide) _rwcap_words error suffix always ;;
        --engine) _rwcap_words local ray ;;
        --check) _rwcap_words empty loop script cut-off markup too-long too-short refusal preamble hedging meta-words near-identical common-phrase all none ;;
        --on-fail) _rwcap_words warn fail retry drop-sentence ;;
        --only) _rwcap_words failed-checks ;;
      esac
      ;;
    'rwcap cost')
      options=(
        --since
        --until
        --by
        --json
        --csv
        -q/--quiet
        --sandbox
        --api-url
        --profile
        -h/--help
      )
      case $option in
        '') ((operands)) || _rwcap_words estimate balance reconcile recover ;;
        --by) _rwcap_words day month folder prompt run week model status check ;;
      esac
      ;;
    'rwcap cost estimate')
      options=(
        --files-from
        -0
        --include+
        --exclude+
        --max-depth
        --limit
        --sample
        --seed
        --checksum
        -p/--prompt
        --prompt-file+
        --preset
        --model
        --delivery
        --no-include-cost
        --prepare
        --max-side
        --max-pixels
        --pairs
        --alt
        --max-chars
        --fields
        --schema
        --keywords
        --vocabulary
        --vocabulary-only
        -q/--quiet
        -v/--verbose+
        --fresh
        --rebuy-ambiguous
        --max-cost
        --retry-quality
        --pilot
        --yes
        --dry-run
        --sandbox
        -c/--concurrency
        --timeout
        --retries
        --grace
        --max-errors
        --max-duration
        --watch
        --no-input
        --api-url
        --profile
        --engine
        --ray-address
        --ignore-existing
        --placeholder-descriptions+
        --write+
        -o/--output
        --columns
        --delimiter
        --bom
        --layout
        --ext
        --out-dir
        --mode
        --hold
        --collide
        --backup
        --no-keep-time
        --prefix
        --suffix
        --template
        --report
        --json/--jsonl
        -h/--help
      )
      case $option in
        '') ((operands >= 0)) && _rwcap_paths '*.@(jpg|JPG|jpeg|JPEG|jpe|JPE|jfif|JFIF|png|PNG|webp|WEBP|gif|GIF|bmp|BMP|tif|TIF|tiff|TIFF|avif|AVIF|heic|HEIC|heif|HEIF|cr2|CR2|cr3|CR3|nef|NEF|nrw|NRW|arw|ARW|orf|ORF|raf|RAF|rw2|RW2|pef|PEF|dng|DNG|srw|SRW|csv|CSV|tsv|TSV|json|JSON|jsonl|JSONL|ndjson|NDJSON|parquet|PARQUET)' ;;
        --files-from | --prompt-file | --schema | --vocabulary | -o | --output | --report) _rwcap_paths '*' ;;
        --preset) _rwcap_words alt caption detailed shop archive social tags ;;
        --delivery) _rwcap_words sync async ;;
        --prepare) _rwcap_words auto always never ;;
        --pairs) _rwcap_words together separate ;;
        --engine) _rwcap_words local ray ;;
        --write) _rwcap_words txt xmp embed metadata ;;
        --layout) _rwcap_words records imagefolder ;;
        --out-dir) _rwcap_paths '' ;;
        --mode) _rwcap_words skip overwrite append prepend remove ;;
        --collide) _rwcap_words error suffix always ;;
      esac
      ;;
    'rwcap cost balance')
      options=(
        --json
        -q/--quiet
        -v/--verbose+
        --sandbox
        --timeout
        --retries
        --api-url
        --profile
        -h/--help
      )
      ;;
    'rwcap cost reconcile')
      options=(
        --since
        --until
        --json
        -q/--quiet
        -v/--verbose+
        --sandbox
        --timeout
        --retries
        --api-url
        --profile
        -h/--help
      )
      ;;
    'rwcap cost recover')
      options=(
        --json
        -q/--quiet
        -v/--verbose+
        --sandbox
        --timeout
        --api-url
        --profile
        -h/--help
      )
      ;;
    'rwcap config')
      options=(
        -h/--help
      )
      case $option in
        '') ((operands)) || _rwcap_words set-key status remove-key list get set unset path doctor ;;
      esac
      ;;
    'rwcap config set-key')
      options=(
        --from-runware
        --no-verify
        --profile
        --no-input
        --api-url
        -h/--help
      )
      ;;
    'rwcap config status')
      options=(
        --json
        --no-verify
        --api-url
        --profile
        -h/--help
      )
      ;;
    'rwcap config remove-key')
      options=(
        --profile
        -h/--help
      )
      ;;
    'rwcap config list')
      options=(
        --json
        --profile
        -h/--help
      )
      ;;
    'rwcap config get')
      options=(
        --json
        --profile
        -h/--help
      )
      case $option in
        '') ((operands == 0)) && _rwcap_words prompt preset fields schema keywords vocabulary vocabulary_only model prepare max_side write mode placeholder_descriptions ext collide prefix suffix template concurrency timeout retries grace api_url profile budget.run budget.day budget.month ;;
      esac
      ;;
    'rwcap config set')
      options=(
        --profile
        -h/--help
      )
      case $option in
        '') ((operands == 0)) && _rwcap_words prompt preset fields schema keywords vocabulary vocabulary_only model prepare max_side write mode placeholder_descriptions ext collide prefix suffix template concurrency timeout retries grace api_url profile budget.run budget.day budget.month ;;
      esac
      ;;
    'rwcap config unset')
      options=(
        --profile
        -h/--help
      )
      case $option in
        '') ((operands == 0)) && _rwcap_words prompt preset fields schema keywords vocabulary vocabulary_only model prepare max_side write mode placeholder_descriptions ext collide prefix suffix template concurrency timeout retries grace api_url profile budget.run budget.day budget.month ;;
      esac
      ;;
    'rwcap config path')
      options=(
        --json
        -h/--help
      )
      ;;
    'rwcap config doctor')
      options=(
        --json
        --offline
        --rescue
        --profile
        -h/--help
      )
      ;;
  esac
  if [[ ! $option && ! $ended && ($cur == -* || ! ${COMPREPLY[*]}) ]]; then
    _rwcap_options "${options[@]}"
  fi
}

complete -F _rwcap rwcap
