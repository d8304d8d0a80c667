# rwcap in PowerShell. Written by `python -m rwcap.reference`: changes belong there.
Register-ArgumentCompleter -Native -CommandName rwcap -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    # Values are $null (unknown), @{ Words = ... }, or @{ Files = suffixes; any for '' }.
    $tree = @{
@TREE@
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
