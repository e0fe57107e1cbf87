# Functions that start waltally's JVM. Sourced by bin/waltally of an installation and by ./waltally of a clone.
#
#   JAVA_HOME           which JDK or JRE (17 or later); without it the java on the PATH
#   WALTALLY_JAVA_OPTS  further options for the JVM, separated by spaces; they win over those below
#   XDG_CACHE_HOME      where an installation keeps class archives, in its directory waltally (default: ~/.cache)

say() {
    printf 'waltally: %s\n' "$*" >&2
}

die() {
    say "$*"
    exit 1
}

# Sets java, or says what is missing.
find_java() {
    if [ -n "${JAVA_HOME:-}" ]; then
        java=$JAVA_HOME/bin/java
        [ -x "$java" ] || die "JAVA_HOME is $JAVA_HOME, but there is no bin/java in it"
    else
        java=$(command -v java) || die "needs Java: install a JDK, 17 or later, or set JAVA_HOME"
    fi
    java_description=$("$java" -version 2>&1) || die "$java does not work: $(printf '%s\n' "$java_description" | head -n 1)"
    java_version=$(printf '%s\n' "$java_description" | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1)
    [ "${java_version:-0}" -ge 17 ] \
        || die "needs Java 17 or later, but $java is ${java_version:-not a working Java}; set JAVA_HOME to a newer one"
}

# Sets command: the first argument that is neither an option nor the value of one.
find_command() {
    command=
    while [ $# -gt 0 ]; do
        case $1 in
            # Those before the command whose value is the next argument; -c also behind other letters.
            -c | -[!-]*c | --config | --log-format) shift ;;
            -*) ;;
            *)
                command=$1
                break
                ;;
        esac
        [ $# -eq 0 ] || shift
    done
}

jvm_options() {
    # A core dump would hold all of the memory, and so every secret.
    options="-XX:-UsePerfData -XX:+ExitOnOutOfMemoryError -XX:-CreateCoredumpOnCrash -Dfile.encoding=UTF-8"
    case ${WALTALLY_JAVA_OPTS:-} in
        # The JVM refuses two collectors.
        *-XX:+Use*GC*) ;;
        *)
            case $command in
                # On fewer than four cores the parallel collector; on more the JVM's default, G1.
                run | bench) [ "$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)" -ge 4 ] || options="$options -XX:+UseParallelGC" ;;
                *) options="$options -XX:+UseSerialGC" ;;
            esac
            ;;
    esac
    case $command in
        infra | dev | run | bench) ;;
        # What ends soon: the optimizing compiler would take the time of two cores away from what it is to make faster.
        *) options="$options -XX:TieredStopAtLevel=1" ;;
    esac
    case $command in
        demo | dev) options="$options -Xms256m -Xmx1g" ;;
        infra) options="$options -Xmx512m" ;;
        bench) options="$options -Xms1g -Xmx1g" ;;
    esac
    # A question goes to standard error. Java knows only whether input and output are both a terminal.
    if [ -t 0 ] && [ -t 2 ]; then
        options="$options -Dwaltally.terminal.input=true"
    fi
    case $command in
        demo | top | status)
            if [ -t 1 ] && [ "${TERM:-dumb}" != dumb ]; then
                columns=${COLUMNS:-$(tput cols 2>/dev/null || echo 100)}
                rows=${LINES:-$(tput lines 2>/dev/null || echo 24)}
                options="$options -Dwaltally.terminal=true -Dwaltally.terminal.columns=$columns -Dwaltally.terminal.rows=$rows"
            else
                options="$options -Dwaltally.terminal=false"
            fi
            case ${LC_ALL:-${LC_CTYPE:-${LANG:-}}} in
                C | POSIX) options="$options -Dwaltally.terminal.unicode=false" ;;
            esac
            ;;
    esac
}

# class_archive CLASS_PATH DIRECTORY ARGUMENT...
#
# Sets archive_option. A command that runs for long keeps the classes that it has loaded in a file (AppCDS) when it ends in
# order. Later starts map the file instead of reading and verifying some 10,000 classes. The file belongs to a JVM, to the
# files of a class path, and to the roles. The JVM ignores one that does not fit.
class_archive() {
    archive_option=
    case $command in
        run | dev | infra) ;;
        *) return 0 ;;
    esac
    case "${WALTALLY_JAVA_OPTS:-} ${JAVA_TOOL_OPTIONS:-}" in
        *-Xshare* | *SharedArchiveFile* | *ArchiveClassesAtExit* | *-agent* | *-javaagent*) return 0 ;;
    esac
    archives=$2
    [ -n "$archives" ] || return 0
    entries=$(printf '%s\n' "$1" | tr ':' '\n' | sed 's|/\*$||')
    shift 2
    # Sizes and times of all files. The total of a directory is in blocks, which change when data reaches the disk.
    key=$({
        printf '%s\n' "$java_description" "$entries"
        printf '%s\n' "$entries" | while read -r entry; do ls -lnL "$entry" | grep -v '^total '; done
        printf '%s\n' "$@" | grep -A 1 -e '^--roles' | grep -E 'capture|streams|sinks|webhooks'
    } 2>/dev/null | cksum | cut -d ' ' -f 1)
    archive=$archives/$command-$key.jsa
    if [ -r "$archive" ]; then
        archive_option=-XX:SharedArchiveFile=$archive
    elif (umask 077 && mkdir -p "$archives") 2>/dev/null && [ -w "$archives" ]; then
        # Those of former versions; one in use is soon made again.
        find "$archives" -name '*.jsa*' -mtime +30 -exec rm -f {} + 2>/dev/null || true
        archive_option=-Dwaltally.class-archive=$archive
        options="$options -XX:+RecordDynamicDumpInfo"
    fi
}

# launch CLASS_PATH REGISTRY_HOME ARCHIVES ARGUMENT...
#
# ARCHIVES is the directory for class archives; none are kept if it is empty.
launch() {
    class_path=$1
    registry_home=$2
    archives=$3
    shift 3
    jvm_options
    class_archive "$class_path" "$archives" "$@"
    # The options are words, none of which holds a space; the user's are split as words, too. The JVM's own warnings go
    # to stderr, since stdout is the command's, and those about class archives nowhere.
    # shellcheck disable=SC2086
    exec "$java" $options -Xlog:disable "-Xlog:all=warning,cds*=off:stderr" \
        ${archive_option:+"$archive_option"} \
        ${registry_home:+"-Dwaltally.embedded.registry-home=$registry_home"} \
        ${WALTALLY_JAVA_OPTS:-} \
        -cp "$class_path" io.waltally.app.Main "$@"
}
