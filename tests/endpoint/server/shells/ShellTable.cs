// All shells, with what limits them: their number, their owner, their idle time.
using Winch.Endpoint.Wsman;

namespace Winch.Endpoint.Shells;

sealed class ShellTable : IDisposable
{
    readonly Options options;
    readonly Lock gate = new();
    readonly Dictionary<string, Shell> shells = new(StringComparer.OrdinalIgnoreCase);
    readonly Dictionary<string, int> reserved = new(StringComparer.OrdinalIgnoreCase);
    readonly Timer reaper;

    public ShellTable(Options options)
    {
        this.options = options;
        reaper = new Timer(_ => CloseIdle(), null, 500, 500);
    }

    public List<Shell> All
    {
        get
        {
            lock (gate)
            {
                return [.. shells.Values];
            }
        }
    }

    /// <summary>Takes a place for a user's next shell, so that two at once can't have the last one.</summary>
    public void Reserve(string owner, string? proposedId)
    {
        lock (gate)
        {
            if (proposedId != null && shells.ContainsKey(proposedId))
            {
                throw Fault.IdTaken().Thrown();
            }
            int count = shells.Values.Count(s => s.Owner.Equals(owner, StringComparison.OrdinalIgnoreCase)) + reserved.GetValueOrDefault(owner);
            if (count >= options.MaxShellsPerUser)
            {
                throw Fault.QuotaShells().Thrown();
            }
            reserved[owner] = reserved.GetValueOrDefault(owner) + 1;
        }
    }

    public void Release(string owner)
    {
        lock (gate)
        {
            reserved[owner]--;
        }
    }

    public void Add(Shell shell)
    {
        lock (gate)
        {
            if (!shells.TryAdd(shell.Id, shell))
            {
                throw Fault.IdTaken().Thrown();
            }
        }
    }

    /// <summary>The shell, if it is this user's.</summary>
    public Shell Find(string id, string owner, bool exactCase = false)
    {
        Shell? shell;
        lock (gate)
        {
            shells.TryGetValue(id, out shell);
        }
        if (shell == null || (exactCase && shell.Id != id))
        {
            throw Fault.NoShell(id).Thrown();
        }
        if (!shell.Owner.Equals(owner, StringComparison.OrdinalIgnoreCase))
        {
            throw Fault.AccessDenied().Thrown();
        }
        return shell;
    }

    public void Close(Shell shell)
    {
        lock (gate)
        {
            if (!shells.Remove(shell.Id))
            {
                return;
            }
        }
        shell.Close();
    }

    void CloseIdle()
    {
        foreach (var shell in All)
        {
            if (shell.IsIdle)
            {
                Close(shell);
            }
        }
    }

    public void Dispose()
    {
        reaper.Dispose();
        foreach (var shell in All)
        {
            Close(shell);
        }
    }
}
