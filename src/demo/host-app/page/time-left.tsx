// A time that comes: the clock and what is left of it, counted down each second.
import { useEffect, useState } from "react";

/** `until` in milliseconds since 1970, asked anew each second because a renewal moves it. */
export function TimeLeft({ until }: { until: () => number }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const left = Math.ceil((until() - now) / 1000);
  const clock = new Date(until()).toLocaleTimeString();
  return left > 0 ? (
    <>
      ends in {Math.floor(left / 60)} min {left % 60} s <span className="quiet">({clock})</span>
    </>
  ) : (
    <>ended at {clock}</>
  );
}
